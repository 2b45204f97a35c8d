/** How often the holder of a lease shows that it is there, and after how long without it is taken to be gone. */
export const HEARTBEAT_MS = 10_000;
export const STALE_MS = 60_000;

/** Shows now and then that a lease is held. */
export interface Heartbeat {
  /** Aborted when the lease turns out to be another's. */
  readonly lost: AbortSignal;
  /** Shows it at once. */
  beat(): Promise<void>;
  stop(): void;
}

/** @param renew shows that the lease is held, and says whether it still is */
export function heartbeat(renew: () => Promise<boolean>): Heartbeat {
  const lost = new AbortController();
  const beat = async () => {
    if (!(await renew())) lost.abort();
  };
  // What keeps a beat from getting through may be over at the next one.
  const timer = setInterval(() => void beat().catch(() => undefined), HEARTBEAT_MS).unref();
  return { lost: lost.signal, beat, stop: () => clearInterval(timer) };
}
