/** The public `nas`, but for what reads and writes files. */
export { CellNetwork } from './cell';
export { collapseWarnings } from './collapse';
export { entriesOf, merged, withEntry } from './dictionary';
export { evaluateGenotype } from './evaluate-genotype';
export { drawGenotype, hashGenotype, makeGenotype, parseGenotype } from './genotype';
export { darts } from './methods/darts';
export { fuse } from './methods/fuse';
export { randomSearch } from './methods/random-search';
export { defineOperation } from './operations/defined';
export { OPERATION_NAMES, OPERATIONS } from './operations/table';
export { search } from './search';
export { standardSpace, taskAwareSpace } from './space';
export { trainWinner } from './train-winner';
