/** The public `training` in Node: all of it, with checkpoints on disk. */

export type { Identity } from '../data/kept.node';
export { type Checkpoint, type KeepOptions, loadTensors, saveTensors } from './checkpoint.node';
export * from './public';
