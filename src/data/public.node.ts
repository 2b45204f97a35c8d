/** The public `data` in Node: all of it, with what reads files. */
export { loadMnist } from './mnist.node';
export * from './public';
