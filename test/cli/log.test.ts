import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logged } from '../../src/cli/log';
import { OutputError } from '../../src/data/errors';
import { useFolder } from '../data/folder';

const folder = useFolder();
const ignore = () => undefined;
const silent = { say: ignore, log: ignore, progress: () => ({ update: ignore, stop: ignore }) };

/** A limit on the size of files cuts a write short, as a full disk does. */
describe.skipIf(!existsSync('/usr/bin/prlimit'))('the log on a full disk', () => {
  const setLimit = (bytes: string) =>
    execFileSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${bytes}:`]);
  beforeEach(() => {
    process.on('SIGXFSZ', ignore); // would end the process otherwise
  });
  afterEach(() => {
    setLimit('unlimited');
    process.off('SIGXFSZ', ignore);
  });

  it('keeps the lines before whole, and none by half', async () => {
    const path = join(folder.path, 'log.jsonl');
    const { log } = logged(silent, path);
    log({ event: 'first' });
    setLimit('2000');
    expect(() => log({ event: 'long', text: 'x'.repeat(3000) })).toThrow(OutputError);
    setLimit('unlimited');
    log({ event: 'last' });
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).event)).toEqual(['first', 'last']);
  });
});
