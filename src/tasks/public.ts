/** The public `tasks`. */
export { builtInTask, cifar10Tasks } from './catalogue';
export { resolveTask } from './spec';
export { holdout, mnistTasks, numClasses, taskSplit } from './task';
