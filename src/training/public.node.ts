/** The public `training` in Node: all of it, with checkpoints on disk. */

export { type Checkpoint, loadTensors, saveTensors } from './checkpoint.node';
export * from './public';
