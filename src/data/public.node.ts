/** The public `data` in Node: all of it, with what reads files. */
export { makeDataset, type NotedDataset } from './dataset';
export {
  type DatasetDefinition,
  type DatasetRecord,
  defineDataset,
  type Recognition,
  type RemoteFile,
  type Source,
} from './define';
export type { DataProblem } from './errors';
export { type FolderOptions, loadImageFolders } from './folders.node';
export { type DatasetKind, loadDataset, recognise } from './load.node';
export { loadCifar10, loadCifar100, loadFashionMnist, loadMnist, loadQuickDraw } from './loaders.node';
export type { PictureSize } from './picture.node';
export type { ArchiveLimits, Place } from './place';
export * from './public';
export type { QuickDrawOptions } from './sets/quickdraw';
export type { DatasetName } from './table';
