/** The public `fisher`. */
export { diagonal } from './diagonal';
export { frechetDistance, logDetDistance } from './distance';
export { gramLogDet } from './gram';
export { kfacLogDet } from './kfac';
export { closestTask, distanceMatrix } from './matrix';
export { normalize } from './normalize';
