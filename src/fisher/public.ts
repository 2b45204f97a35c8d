/** The public `fisher`. */

export type { Batch, Batches } from '../data/batch';
export { closestTask } from './closest';
export { type Diagonal, type DiagonalOptions, diagonal } from './diagonal';
export { type Fisher, frechetDistance, logDetDistance } from './distance';
export type { Estimator } from './estimators';
export type { LogDetOptions } from './factor-batches';
export { type GramOptions, gramLogDet } from './gram';
export { type HeadRule, withoutHead } from './head';
export { kfacLogDet } from './kfac';
export type { TokenLoss } from './losses';
export { alignHead, matchHead, renameLabels } from './match';
export { type DistanceMatrix, distanceMatrix, type MatrixOptions } from './matrix';
export type { Cell, Distances, MeasureOptions } from './measure';
export {
  type MeasureCell,
  type MeasureMatrixOptions,
  measureMatrix,
  type TaskMeasures,
} from './measures/measure-matrix';
export { fitHead } from './measures/probe';
export type { Rows } from './measures/rows';
export { TASK_MEASURES, type TaskMeasureName } from './measures/table';
export type { Materials, Need, TaskMeasure } from './measures/task-measure';
export { normalize } from './normalize';
export { shareBelow } from './share';
export type { FisherOptions, TaskData } from './side-fisher';
export type { CellKey, Named } from './sides';
export type { LogDetReport } from './spd';
export type { Spread, Summary } from './summary';
