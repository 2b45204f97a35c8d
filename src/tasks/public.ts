/** The public `tasks`. */
export { builtInTask, cifar10Tasks, mnistTasks } from './catalogue';
export { resolveTask } from './spec';
export { holdout, numClasses, taskSplit } from './task';
