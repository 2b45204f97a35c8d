import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';

/** A test of the fast set does what its imports did not show. */
function refuse(what: string): never {
  throw new Error(
    `a test of the fast set ${what}: have its file import by name what does so, by which it is sorted among the slow ones (test/suite/reach.ts), and start vitest anew`,
  );
}

/** The native module of npm `webgpu`, without which no GPU opens. */
const DAWN = /[\\/]dawn\.node$/;
process.dlopen = new Proxy(process.dlopen, {
  apply(dlopen, self, args: Parameters<typeof process.dlopen>) {
    if (DAWN.test(args[1])) refuse('opens a GPU');
    return Reflect.apply(dlopen, self, args);
  },
});

for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
  Object.assign(childProcess, { [name]: () => refuse('starts a process') });
}
workerThreads.Worker = new Proxy(workerThreads.Worker, { construct: () => refuse('starts a worker') });
syncBuiltinESMExports();
