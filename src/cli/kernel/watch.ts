import { dirname, join, resolve } from 'node:path';
import { watch } from 'chokidar';
import { INTERRUPTED } from '../interrupt';

/** Editors write in several steps; a file is taken as saved when it has been left alone for this long. */
const SETTLED_MS = 60;

/**
 * Runs `work` now and whenever the shader or a file it was made of is saved, until Ctrl-C or SIGTERM. A run under way
 * is finished first: drivers crash when a process ends within one. A second Ctrl-C does not wait.
 *
 * The folders are watched, not the files: watching begins before the first read then, so that no save is missed, and
 * goes on when an editor puts a new file in the old one's place.
 *
 * @param work gives the files it read; none if one of them is missing, which any new shader may be
 * @returns the exit code of an interrupted program
 */
export async function runOnSave(file: string, work: () => Promise<readonly string[]>): Promise<number> {
  const state = { files: new Set<string>(), saved: true, stopped: false, wake: () => {} };
  const folders = [dirname(resolve(file)), join(dirname(resolve(file)), 'snippets')];
  const isShader = (path: string) => path.endsWith('.wgsl') || resolve(path) === resolve(file);
  const watcher = watch(folders, {
    depth: 0,
    ignoreInitial: true,
    ignored: (path, stats) => stats?.isFile() === true && !isShader(path),
    awaitWriteFinish: { stabilityThreshold: SETTLED_MS, pollInterval: 20 },
  });
  const onSignal = () => {
    if (state.stopped) process.exit(INTERRUPTED);
    state.stopped = true;
    state.wake();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  watcher.on('all', (event, path) => {
    const changed = event === 'change' || event === 'add';
    if (!changed || (state.files.size > 0 && !state.files.has(resolve(path)))) return;
    state.saved = true;
    state.wake();
  });
  try {
    await new Promise<void>((ready) => {
      state.wake = ready;
      watcher.on('ready', ready);
    });
    while (!state.stopped) {
      if (state.saved) {
        state.saved = false;
        state.files = new Set((await work()).map((read) => resolve(read)));
      } else {
        await new Promise<void>((woken) => {
          state.wake = woken;
        });
      }
    }
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    await watcher.close();
  }
  return INTERRUPTED;
}
