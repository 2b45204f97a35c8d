import { z } from 'zod';
import type { Genotype } from '../../nas/genotype';
import { trainWinner } from '../../nas/train-winner';
import { evaluate } from '../../training/evaluate';
import { evaluateTogether } from '../../training/evaluate-together';
import { defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { cellImages, openScene } from '../scene/scene';
import { tableSplits } from '../scene/search-data';
import { testSplit } from '../scene/splits';
import type { TableBudget } from '../settings/table-budget';
import { stepsCost } from './cost';
import { timed } from './timed.node';

/** A cell to train from scratch for a table of many. */
export interface RowInputs {
  readonly of: TaskInputs;
  readonly genotype: Genotype;
  readonly budget: TableBudget;
  /** Of first weights and of the order of images. Which images it is, all rows of a table have in common. */
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
  version: 2,
  check: (value) => rowSchema.parse(value),
  cost: ({ budget }: RowInputs) => stepsCost(budget),
  run: async (work, { of, genotype, budget, seed }: RowInputs) => {
    const { gpu, signal } = work;
    const { epochs, batchSize, lr, head, together } = budget;
    const scene = openScene(gpu, of, budget.shrink);
    const { train, validation } = tableSplits(of, budget);
    const seen = cellImages(scene, budget, 'train');
    const { schedule, affine, winnerWeights: firstWeights } = of.protocol;
    const none = { indices: new Uint32Array(), labels: new Int32Array() };
    const { result, spent } = await timed(work, () =>
      trainWinner(
        gpu,
        { images: seen, train, validation: none, classes: of.task.classes.length },
        { images: seen, split: validation },
        genotype,
        {
          ...{ epochs, batchSize, lr, seed, head, schedule, affine, firstWeights, signal },
          testTogether: together,
          onProgress: ({ done, total }) => work.progress(done, total),
        },
      ),
    );
    const { network, history, test: measured } = result;
    const tests = testSplit(scene, budget.testImages);
    const testImages = cellImages(scene, budget, 'test');
    const { accuracy } =
      together === undefined
        ? await evaluate(network, testImages, tests, batchSize)
        : await evaluateTogether(network, testImages, tests, together);
    const parameters = network.parameterCount();
    network.dispose();
    const [last] = history.slice(-1);
    const value = { validation: measured.accuracy, test: accuracy, train: last.accuracy, parameters };
    return { value: { ...value, gpuSeconds: spent.gpuSeconds } };
  },
});
