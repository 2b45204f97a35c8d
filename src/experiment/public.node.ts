/** The public `experiment`, in Node: any experiment as jobs, each done once and kept. */
export { type Json, PlainDataError } from './canonical';
export type { DataSet, DataSource } from './data-set';
export { JobError } from './errors';
export type { Watch } from './execute.node';
export { type FolderStoreOptions, folderStore } from './folder-store.node';
export { dataset } from './hash.node';
export {
  type Artefact,
  defineKind,
  type JobEvent,
  type Kind,
  type KindDefinition,
  type Made,
  type Work,
} from './kind';
export type { Order } from './order.node';
export type { Ending, Overall } from './overall';
export { type PlanWatch, watchOverall } from './plan-watch';
export type { Terms } from './priority';
export type { QueueOptions } from './queue.node';
export { type DoneBy, type Job, type Plan, type PlanOptions, type RunOptions, run } from './run.node';
export type { S3Credentials, S3CredentialsSource } from './s3/credentials.node';
export { type S3StoreOptions, s3Store } from './s3/store.node';
export { type ServeOptions, serve } from './serve.node';
export type {
  Entry,
  Finished,
  Lease,
  Leased,
  Leftover,
  Listed,
  Store,
  Stored,
  StoredFile,
} from './store';
export { StoreError, type StoreTrouble } from './store-error';
export type { Workers } from './worker-pool.node';
