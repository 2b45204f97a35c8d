import type { AdapterFacts } from '../../../runtime/adapter-facts';
import type { Gpu } from '../../tensor/gpu';
import type { Job } from '../job';
import { type ClassifyInput, type ClassifyResult, classify } from './classify';
import { type DistanceInput, type DistanceResult, distance } from './distance';
import { type TrainInput, type TrainReport, type TrainResult, train } from './train';

/** The jobs of the ready-made engine. */
export type EngineJobs = {
  /** Opens the GPU. @throws WorkerError `GPU_UNAVAILABLE` */
  readonly open: Job<undefined, AdapterFacts>;
  /** Trains a network of the catalogue on labelled pictures. */
  readonly train: Job<TrainInput, TrainResult, TrainReport>;
  /** What a network says of pictures. */
  readonly classify: Job<ClassifyInput, ClassifyResult>;
  /** How far a task is from another one: how differently the weights of their networks matter on the target's pictures. */
  readonly distance: Job<DistanceInput, DistanceResult>;
};

/** Does them on one GPU, which is opened with the first and again when it was lost. */
export function engineJobs(open: () => Promise<Gpu>): EngineJobs {
  let opened: Promise<Gpu> | undefined;
  const gpu = (): Promise<Gpu> => {
    opened ??= open().then(
      (gpu) => {
        gpu.runtime.device.lost.then(forget);
        return gpu;
      },
      (error) => {
        forget();
        throw error;
      },
    );
    return opened;
  };
  const forget = () => {
    opened = undefined;
  };
  return {
    open: async () => (await gpu()).adapter,
    train: async (input, context) => train(await gpu(), input, context),
    classify: async (input, context) => classify(await gpu(), input, context),
    distance: async (input) => distance(await gpu(), input),
  };
}
