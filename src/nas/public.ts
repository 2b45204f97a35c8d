/** The public `nas`, but for what reads and writes files. */
export { CellNetwork } from './cell';
export { collapseWarnings } from './collapse';
export { entriesOf, merged, withEntry } from './dictionary';
export { evaluateGenotype } from './evaluate-genotype';
export { drawGenotype, type Genotype, hashGenotype, makeGenotype, parseGenotype } from './genotype';
export { darts } from './methods/darts';
export { fuse } from './methods/fuse';
export { randomSearch } from './methods/random-search';
export { defineOperation, type OperationName } from './operations/defined';
export type { Effect, Operation, Stride } from './operations/operation';
export { OPERATION_NAMES, OPERATIONS } from './operations/table';
export { search } from './search';
export type { SearchData, SearchProgress, SearchSettings } from './settings';
export { type SearchSpace, standardSpace, taskAwareSpace } from './space';
export { trainWinner } from './train-winner';
