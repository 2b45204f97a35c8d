/** The public `tasks`. */
export { builtInTask, cifar10Tasks, mnistTasks } from './catalogue';
export { resolveTask, type TaskSpec } from './spec';
export {
  holdout,
  type Negatives,
  numClasses,
  type PictureFolders,
  type Split,
  type SplitOptions,
  type Task,
  type TaskSource,
  taskSplit,
} from './task';
