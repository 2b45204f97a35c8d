/** How long a job that is told to end may take to do so, at most; no longer than it was borne before. In seconds. */
const GRACE = 30;

/** Looks after a job that may hang. */
export interface Patience {
  /** To be called with what shows how far the job is: it has come further where that is new. */
  seen(mark: string): void;
  stop(): void;
  /** Why it was told to end, once it was. */
  readonly lost: string | undefined;
}

/** Waits for a job's progress for so many seconds, then has it told to end, then killed. */
export function startPatience(
  seconds: number,
  { abort, kill }: { readonly abort: () => void; readonly kill: () => void },
): Patience {
  let last: string | undefined;
  let lost: string | undefined;
  const after = (wait: number, act: () => void) =>
    setTimeout(act, Math.min(wait * 1000, 2 ** 31 - 1)).unref();
  const lose = () => {
    lost = `it made no progress for ${seconds} s`;
    timer = after(Math.min(GRACE, seconds), kill);
    abort();
  };
  let timer = after(seconds, lose);
  return {
    seen: (mark) => {
      if (lost !== undefined || mark === last) return;
      last = mark;
      timer.refresh();
    },
    stop: () => clearTimeout(timer),
    get lost() {
      return lost;
    },
  };
}
