/** The public `fisher`. */
export { closestTask } from './closest';
export { diagonal } from './diagonal';
export { frechetDistance, logDetDistance } from './distance';
export { gramLogDet } from './gram';
export { withoutHead } from './head';
export { kfacLogDet } from './kfac';
export { alignHead, matchHead, renameLabels } from './match';
export { distanceMatrix } from './matrix';
export { normalize } from './normalize';
export { shareBelow } from './share';
