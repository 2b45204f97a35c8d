/** The public `nas`, but for what reads and writes files. */
export { CellNetwork } from './cell';
export { collapseWarnings } from './collapse';
export { darts } from './darts';
export { entriesOf, merged, withEntry } from './dictionary';
export { evaluateGenotype } from './evaluate-genotype';
export { fuse } from './fuse';
export { drawGenotype, hashGenotype, makeGenotype, parseGenotype } from './genotype';
export { OPERATION_NAMES, OPERATIONS } from './operations';
export { randomSearch } from './random-search';
export { search } from './search';
export { standardSpace, taskAwareSpace } from './space';
export { trainWinner } from './train-winner';
