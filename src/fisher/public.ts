/** The public `fisher`. */
export { diagonal } from './diagonal';
export { frechetDistance, logDetDistance } from './distance';
export { closestTask, distanceMatrix } from './matrix';
export { normalize } from './normalize';
