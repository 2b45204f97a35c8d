/** `taskgrad/worker`: the engine in a worker, and workers of one's own. */

export type { AdapterFacts } from '../../runtime/adapter-facts';
export type { AdapterKind } from '../../runtime/host';
export { type CallOptions, connect, type WorkerClient, type WorkerPort } from './client';
export { WorkerError } from './errors';
export type { InputOf, Job, JobContext, Jobs, ReportOf, ReportOptions, ResultOf } from './job';
export type { ClassifyInput, ClassifyResult } from './jobs/classify';
export type { DistanceInput, DistanceResult } from './jobs/distance';
export type { EngineJobs } from './jobs/engine';
export type { LabelledPictures } from './jobs/pictures';
export type { TrainInput, TrainReport, TrainResult } from './jobs/train';
export type { CarriedError, Port } from './messages';
export { type Engine, type EngineOptions, openEngine } from './open-engine';
export { type ServeOptions, serve } from './serve';
export { startWorker } from './start';
export { type AskedAdapter, checkSupport, type Host, type Lack, type Support } from './support';
