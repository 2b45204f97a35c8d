import { z } from 'zod';
import type { Genotype } from '../../nas/genotype';
import { trainWinner } from '../../nas/train-winner';
import { evaluate } from '../../training/evaluate';
import { defineKind } from '../kind';
import { augmentationIn } from '../scene/augmentation';
import type { TaskInputs } from '../scene/inputs';
import { cellImages, openScene } from '../scene/scene';
import { type SearchBudgets, searchSplits, surroundingsOf } from '../scene/search-data';
import { splitsOf } from '../scene/splits';
import type { Settings } from '../settings/presets';
import { stepsCost } from './cost';
import { timed } from './timed.node';

/** A cell to train from scratch for a table of many. */
export interface RowInputs {
  readonly of: TaskInputs;
  readonly genotype: Genotype;
  /** Its images are those that are shown, and those kept for validation. */
  readonly training: Settings['final'];
  readonly sight: Pick<SearchBudgets, 'cells' | 'channels' | 'head' | 'validation'>;
  readonly seed: number;
}

const share = z.number().min(0).max(1);
const rowSchema = z.strictObject({
  /** Accuracies on images that it did not learn from: those a search may see, and those it may not. */
  validation: share,
  test: share,
  train: share,
  parameters: z.int(),
  gpuSeconds: z.number(),
});
export type Row = z.infer<typeof rowSchema>;

/** A row of a table of cells: what a search in the same space can come to, known in advance. */
export const rowKind = defineKind({
  name: 'row',
  version: 1,
  check: (value) => rowSchema.parse(value),
  cost: ({ training }: RowInputs) => stepsCost(training),
  run: async (work, { of, genotype, training, sight, seed }: RowInputs) => {
    const { gpu, signal } = work;
    const scene = openScene(gpu, of);
    const { images, epochs, batchSize, lr, augment } = training;
    const { train, validation } = searchSplits(of, sight.validation, images, seed);
    const none = { indices: new Uint32Array(), labels: new Int32Array() };
    const seen = cellImages(scene, sight, 'train');
    const { schedule, affine, winnerWeights: firstWeights } = of.protocol;
    const options = { epochs, batchSize, lr, seed, ...surroundingsOf(sight), schedule, affine, firstWeights };
    const { result, spent } = await timed(work, () =>
      trainWinner(
        gpu,
        { images: seen, train, validation: none, classes: of.task.classes.length },
        { images: seen, split: validation },
        genotype,
        {
          ...options,
          signal,
          augment: augmentationIn(of, augment),
          onProgress: ({ done, total }) => work.progress(done, total),
        },
      ),
    );
    const { network, history, test: measured } = result;
    const tests = splitsOf(scene, of.testSeed, images).test;
    const { accuracy } = await evaluate(network, cellImages(scene, sight, 'test'), tests, batchSize);
    const parameters = network.parameterCount();
    network.dispose();
    const [last] = history.slice(-1);
    const value = { validation: measured.accuracy, test: accuracy, train: last.accuracy, parameters };
    return { value: { ...value, gpuSeconds: spent.gpuSeconds } };
  },
});
