import { SingleBar } from 'cli-progress';
import { plain, plainLine } from '../../runtime/plain';
import { print } from './print';

/** A bar for one piece of work of known length. */
export interface Progress {
  /** `total` replaces the length given at first, once it is known. */
  update(done: number, note?: string, total?: number): void;
  stop(): void;
}

export type Event = Readonly<Record<string, unknown>>;

export interface Reporter {
  /** A line for a person; an event for `--json`. */
  say(text: string, event?: Event): void;
  /** An event for programs only. */
  log(event: Event): void;
  progress(label: string, total: number, unit: string): Progress;
}

const silent: Progress = { update: () => undefined, stop: () => undefined };

/** An event as a line of JSON with the time. */
export const jsonLine = (event: Event) => `${jsonText(event)}\n`;

/** JSON may hold characters past 0x7f as they are, some of which command a terminal; it is the same with their numbers. */
const jsonText = (event: Event): string =>
  JSON.stringify({ time: new Date().toISOString(), ...event }).replace(/[^\x20-\x7e]/g, (character) =>
    plain(character) === character
      ? character
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

export function reporterFor({ json }: { json: boolean }): Reporter {
  return json ? jsonReporter() : textReporter();
}

/** Lines on stdout, bars with rate and time left on stderr where that is a terminal. */
function textReporter(): Reporter {
  return {
    say: print,
    log: () => undefined,
    progress: (label, total, unit) => (process.stderr.isTTY ? bar(label, total, unit) : silent),
  };
}

/** One JSON object a line on stdout, nothing else. */
function jsonReporter(): Reporter {
  return {
    say: (message, event = {}) => print(jsonText({ message, ...event })),
    log: (event) => print(jsonText(event)),
    progress: () => silent,
  };
}

function bar(label: string, total: number, unit: string): Progress {
  const started = performance.now();
  const format = `${plainLine(label)} {bar} {percentage}% | {value}/{total} ${unit} | {rate} ${unit}/s | {eta_formatted} left {note}`;
  const single = new SingleBar({ format, hideCursor: true, clearOnComplete: true, etaBuffer: 50 });
  single.start(total, 0, { rate: '–', note: '' });
  /** What an earlier run had done says nothing of the speed of this one. */
  let before: number | undefined;
  return {
    update: (done, note = '', total = undefined) => {
      if (total !== undefined) single.setTotal(total);
      before ??= Math.max(0, done - 1);
      const rate = (done - before) / ((performance.now() - started) / 1000);
      single.update(done, { rate: rate.toFixed(rate < 10 ? 1 : 0), note: plainLine(note) });
    },
    stop: () => single.stop(),
  };
}
