/** The public `data` in Node: all of it, with what reads files. */
export { loadCifar10, loadCifar100 } from './cifar.node';
export { loadImageFolders } from './folders.node';
export { loadFashionMnist, loadMnist } from './mnist.node';
export * from './public';
export { loadQuickDraw } from './quickdraw.node';
export { loadDataset, recognise } from './registry.node';
