import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const STDERR = 2;
/** What Dawn says of every software adapter, since limits of WebGPU's own fall below those of the driver. */
const TALK = /^Warning: max\w+ artificially reduced from \d+ to \d+ to fit .*\n/gm;

/**
 * Whether standard error can be opened a second time. Sockets cannot. A file that it shares with standard output would
 * lose the place where the two of them write.
 */
function canBeOpenedAgain(): boolean {
  if (process.platform !== 'linux') return false;
  const [out, error] = [fstatSync(1), fstatSync(STDERR)];
  const isSame = ({ dev, ino }: Stats) => dev === error.dev && ino === error.ino;
  return error.isFIFO() || error.isCharacterDevice() || (error.isFile() && !isSame(out));
}

/** Puts what is open as `fd` in the place of standard error: the lowest free number is given to what is opened next. */
function becomeStderr(path: string): void {
  closeSync(STDERR);
  if (openSync(path, 'a') !== STDERR) throw new Error('standard error was taken by another thread');
}

/**
 * Runs `work`, which must be synchronous, without the lines that Dawn writes to standard error about each software
 * adapter. It has no option that turns them off. Other lines come out after it.
 */
export function withoutTalk<T>(work: () => T): T {
  let folder: string | undefined;
  let kept: number | undefined;
  try {
    if (canBeOpenedAgain()) {
      kept = openSync(`/proc/self/fd/${STDERR}`, 'a');
      folder = mkdtempSync(join(tmpdir(), 'taskgrad-talk-'));
    }
  } catch {
    // What cannot be opened again keeps what Dawn writes.
  }
  if (folder === undefined || kept === undefined) {
    if (kept !== undefined) closeSync(kept);
    return work();
  }
  const said = join(folder, 'stderr');
  becomeStderr(said);
  try {
    return work();
  } finally {
    becomeStderr(`/proc/self/fd/${kept}`);
    closeSync(kept);
    const rest = readFileSync(said, 'utf8').replace(TALK, '');
    if (rest !== '') writeSync(STDERR, rest);
    rmSync(folder, { recursive: true });
  }
}
