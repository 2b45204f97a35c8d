/** The public `tasks`. */
export { holdout, mnistTasks, numClasses, taskSplit } from './task';
