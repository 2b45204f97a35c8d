import { SingleBar } from 'cli-progress';

/** A bar for one piece of work of known length. */
export interface Progress {
  /** `total` replaces the length given at first, once it is known. */
  update(done: number, note?: string, total?: number): void;
  stop(): void;
}

export interface Reporter {
  /** A line for a person; an event for `--json`. */
  say(text: string, event?: Record<string, unknown>): void;
  progress(label: string, total: number, unit: string): Progress;
}

const silent: Progress = { update: () => undefined, stop: () => undefined };

/** Lines on stdout, bars with rate and time left on stderr where that is a terminal. */
export function textReporter(): Reporter {
  return {
    say: (text) => process.stdout.write(`${text}\n`),
    progress: (label, total, unit) => (process.stderr.isTTY ? bar(label, total, unit) : silent),
  };
}

/** One JSON object a line on stdout, nothing else. */
export function jsonReporter(): Reporter {
  return {
    say: (text, event = {}) =>
      process.stdout.write(
        `${JSON.stringify({ time: new Date().toISOString(), message: text, ...event })}\n`,
      ),
    progress: () => silent,
  };
}

function bar(label: string, total: number, unit: string): Progress {
  const started = performance.now();
  const format = `${label} {bar} {percentage}% | {value}/{total} ${unit} | {rate} ${unit}/s | {eta_formatted} left {note}`;
  const single = new SingleBar({ format, hideCursor: true, clearOnComplete: true, etaBuffer: 50 });
  single.start(total, 0, { rate: '–', note: '' });
  return {
    update: (done, note = '', total = undefined) => {
      if (total !== undefined) single.setTotal(total);
      const rate = done / ((performance.now() - started) / 1000);
      single.update(done, { rate: rate.toFixed(rate < 10 ? 1 : 0), note });
    },
    stop: () => single.stop(),
  };
}
