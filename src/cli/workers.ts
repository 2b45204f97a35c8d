import type { Workers } from '../experiment/worker-pool.node';
import type { CommonOptions } from './common-options';
import { storePlace } from './store/place';

/** Worker processes of this machine for a run: this program with its command `worker`, on the same store and data. */
export function workersFor(count: number, options: CommonOptions): Workers {
  const { adapter, tasksFile, data = {} } = options;
  const args = ['worker', '--store', storePlace(options), '--adapter', adapter];
  for (const [name, folder] of Object.entries(data)) args.push('--data', `${name}=${folder}`);
  if (tasksFile !== undefined) args.push('--tasks-file', tasksFile);
  return { count, file: process.argv[1], args };
}
