/** The public `nas`, but for what reads and writes files. */

export { architectureText, parseArchitecture } from './architecture-text';
export type { Backbone, Head, Surroundings } from './backbone';
export { CellNetwork, type CellNetworkOptions } from './cell';
export { collapseWarnings } from './collapse';
export { type Dictionary, type DictionaryEntry, entriesOf, merged, withEntry } from './dictionary';
export type { Nodes } from './edges';
export { type EvaluateOptions, evaluateGenotype, type TrainingState } from './evaluate-genotype';
export type { FirstWeights } from './first-weights';
export type { Cells } from './genotype';
export {
  drawGenotype,
  type EdgeOperations,
  type Genotype,
  hashGenotype,
  makeGenotype,
  parseGenotype,
} from './genotype';
export { cellKey, type Join } from './isomorphism';
export type { LearntHead } from './learnt-head';
export { type DartsOptions, type DartsState, darts } from './methods/darts';
export { type EvolutionOptions, type EvolutionState, evolution } from './methods/evolution';
export { type FuseOptions, fuse } from './methods/fuse';
export type { FuseState } from './methods/fuse-state';
export { type WarmFuseOptions, type WarmFuseState, warmFuse } from './methods/fuse-warm';
export type { MethodDefinition, MethodOptions, SearchMethod } from './methods/method';
export { type RandomSearchOptions, type RandomState, randomSearch } from './methods/random-search';
export type { SearchMethodName } from './methods/table';
export { nasBench201Frame, nasBench201Space } from './nas-bench-201';
export { defineOperation, type OperationDefinition, type OperationName } from './operations/defined';
export type { Effect, Operation, Stride } from './operations/operation';
export { type BuiltInOperation, OPERATION_NAMES, OPERATIONS } from './operations/table';
export { type Replayed, type ReplayOptions, type ReplayPoint, replay } from './replay/replay';
export type { Round, SearchOutcome, Spent, Stage } from './round';
export type { Score } from './scores/record';
export { type ScoredNetwork, type ScoreOptions, score, scores } from './scores/score';
export { SCORE_NAMES, SCORES, type ScoreName } from './scores/table';
export { search } from './search';
export type { SearchRules } from './search-rules';
export type {
  OptimizerSteps,
  SavedSearch,
  SavedState,
  SavedTensors,
  SaveSearch,
  SearchState,
  Steps,
} from './search-state';
export type { SearchData, SearchProgress, SearchSettings, SearchWatch } from './settings';
export { type CellFrame, type SearchSpace, type SpaceName, standardSpace, taskAwareSpace } from './space';
export type { TableColumn, TableData, TableMaking, TableSplit } from './table/data';
export { Table, type TableQuery, type TableRow } from './table/table';
export type { Schedule } from './train-winner';
export {
  type TestData,
  type TrainedWinner,
  trainWinner,
  type WinnerOptions,
  type WinnerState,
} from './train-winner';
