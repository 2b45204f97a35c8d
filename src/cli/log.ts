import { appendFileSync, existsSync, statSync, truncateSync } from 'node:fs';
import { OutputError } from '../data/errors';
import { type Event, jsonLine, type Reporter } from './progress';

/** The reporter, with every event also added to a file of JSON lines. */
export function logged(reporter: Reporter, path: string): Pick<Reporter, 'say' | 'log'> {
  return {
    log: (event) => {
      reporter.log(event);
      appendEvent(path, event);
    },
    say: (text, event) => {
      reporter.say(text, event);
      if (event) appendEvent(path, event);
    },
  };
}

const appendEvent = (path: string, event: Event): void => appendWhole(path, jsonLine(event));

/** Adds a line whole or not at all: the next one would otherwise hang on to the half of it. @throws OutputError */
export function appendWhole(path: string, line: string): void {
  const size = existsSync(path) ? statSync(path).size : 0;
  try {
    appendFileSync(path, line);
  } catch (cause) {
    if (existsSync(path)) truncateSync(path, size);
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new OutputError(path, code, { cause });
  }
}
