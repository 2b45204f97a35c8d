import type { WaitWatch } from './host';

/** Milliseconds that a turn sleeps: little at first, for what takes no time, and never so long that one notices. */
const FIRST = 0.1;
const LONGEST = 1;

/**
 * Sleeps a moment in each turn of Node's event loop while something is under way. Dawn asks in every turn whether it has
 * ended, and without a pause the loop would keep a core busy that a software adapter computes on, or its compiler.
 */
export function restWhileWaiting(): WaitWatch {
  const never = new Int32Array(new SharedArrayBuffer(4));
  let underWay = 0;
  let isTurning = false;
  let rest = FIRST;
  const turn = () => {
    isTurning = underWay > 0;
    if (!isTurning) return;
    Atomics.wait(never, 0, 0, rest);
    rest = Math.min(2 * rest, LONGEST);
    setImmediate(turn);
  };
  return {
    began() {
      underWay += 1;
      if (isTurning) return;
      isTurning = true;
      rest = FIRST;
      setImmediate(turn);
    },
    ended() {
      underWay -= 1;
      rest = FIRST;
    },
  };
}
