import { z } from 'zod';
import { DataError } from '../../data/errors';
import type { Diagonal } from '../../fisher/diagonal';
import type { Estimator } from '../../fisher/estimators';
import { free, sideFisher } from '../../fisher/side-fisher';
import { load } from '../../nas/models.node';
import type { Module } from '../../nn/module';
import type { Training } from '../../report/results';
import { numClasses } from '../../tasks/task';
import type { Gpu } from '../../tensor/gpu';
import { loadTensors, saveTensors } from '../../training/checkpoint.node';
import { type Artefact, defineKind, type Work } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { openScene } from '../scene/scene';
import type { FisherSettings } from '../settings/fisher';
import { AHEAD, stepsCost } from './cost';
import { fisherImages } from './fisher-images.node';
import { fitting } from './fitting';
import { NETWORK_FILE } from './network.node';

const FISHER_FILE = 'fisher.safetensors';
/** What they give depends on how images are cut into batches. */
const OF_BATCHES: readonly Estimator[] = ['batch', 'original'];

/** Networks whose Fishers are taken on a task's images, and averaged where there are several. */
export interface NetworksOn {
  /** The task whose images those are. */
  readonly of: TaskInputs;
  readonly networks: readonly Artefact<Training>[];
  readonly fisher: Pick<FisherSettings, 'estimator' | 'head' | 'count' | 'batchSize'>;
  readonly autoBatch?: boolean;
}

/** The order of the parameters tells which are the head's. */
const valueSchema = z.strictObject({
  entries: z.array(z.strictObject({ name: z.string(), size: z.int().positive() })),
});
export type KeptFisher = z.infer<typeof valueSchema>;

/** The normalised Fisher diagonal of a task's own networks on its images. */
export const fisherKind = defineKind({
  name: 'fisher',
  version: 1,
  check: (value) => valueSchema.parse(value),
  cost: (inputs: NetworksOn) => fisherCost(inputs),
  tail: () => AHEAD.fisher,
  run: async (work, inputs: NetworksOn) => {
    const diagonal = await takenFisher(work, inputs, true);
    try {
      await saveTensors(work.file(FISHER_FILE), diagonal);
      const entries = [...diagonal].map(([name, { size }]) => ({ name, size }));
      return { value: { entries }, files: [FISHER_FILE] };
    } finally {
      free(diagonal);
    }
  },
});

/** A pass over the images costs about a training step each. */
export const fisherCost = ({ networks, fisher: { count, batchSize } }: NetworksOn): number =>
  networks.length * stepsCost({ images: count, epochs: 1, batchSize });

/** @param isOwn whether the labels of the images are the networks' own */
export async function takenFisher(work: Work, inputs: NetworksOn, isOwn: boolean): Promise<Diagonal> {
  const { of, networks, fisher, autoBatch } = inputs;
  const { estimator, head, batchSize } = fisher;
  const scene = openScene(work.gpu, of);
  const seeds = networks.map(({ value }) => value.seed);
  const opened: Module[] = [];
  const take = (parts: number) =>
    sideFisher(
      { task: { id: networks[0].value.task }, seeds },
      { classes: numClasses(of.task), batches: fisherImages(work, scene, fisher, parts) },
      isOwn,
      {
        estimator,
        head,
        dataOf: unasked,
        networkOf: async (_, seed) => {
          const { net } = await load(work.gpu, networks[seeds.indexOf(seed)].file(NETWORK_FILE));
          opened.push(net);
          return net;
        },
      },
    );
  const why = () => (OF_BATCHES.includes(estimator) ? `the estimator ${estimator} is of batches` : undefined);
  try {
    return await fitting(work, autoBatch, 'distances', batchSize, take, why);
  } finally {
    for (const net of opened) net.dispose();
  }
}

const unasked = (): never => {
  throw new Error('the images of a Fisher were asked for twice');
};

/** Reads what a job of `fisherKind` made; the caller's to free. */
export async function keptFisher(gpu: Gpu, { value, file }: Artefact<KeptFisher>): Promise<Diagonal> {
  const path = file(FISHER_FILE);
  const { tensors } = await loadTensors(path, (meta) => meta);
  return new Map(
    value.entries.map(({ name }) => {
      const kept = tensors.get(name);
      if (!kept)
        throw new DataError('DATA_CUT', { file: path, expected: `the tensor ${name}`, found: 'none' });
      return [name, gpu.tensor(Float32Array.from(kept.data), [...kept.shape])];
    }),
  );
}
