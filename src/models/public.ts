/** The public `models`. */
export { makeNetwork, NETWORK_NAMES } from './catalogue';
export { NN1, NN2, NN3, smallCifarNet } from './seed';
