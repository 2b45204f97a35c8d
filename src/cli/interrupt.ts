import { note, showCursor } from './print';

/** A terminal's Ctrl-C reaches a program under npx twice: from the terminal, and passed on by npx. */
const ECHO_MS = 500;
/** Exit code of an interrupted program: 128 + SIGINT. */
export const INTERRUPTED = 130;
/** Ctrl-C, what other programs say, and a terminal that is closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupt {
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

let stopping = false;
/** Whether the program was asked to stop, and is saving. */
export const isStopping = (): boolean => stopping;

/** Turns the first Ctrl-C into an aborted signal, so that work can save its state; another one ends the process at once. */
export function catchInterrupts({ isSilent = false } = {}): Interrupt {
  const controller = new AbortController();
  let first = 0;
  const release = () => {
    stopping = false;
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      if (performance.now() - first <= ECHO_MS) return;
      release();
      endBy(name);
      return;
    }
    first = performance.now();
    stopping = true;
    if (!isSilent) note('\nstopping after this step and saving; Ctrl-C again stops at once');
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return { signal: controller.signal, release };
}

/**
 * Ends the process as if nobody listened. `process.exit` would wait for writes that are under way, which a slow disk may
 * hold for minutes; what they were to replace is whole.
 */
function endBy(name: NodeJS.Signals): void {
  showCursor();
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}
