import { noGrad } from '../autograd/tape';
import type { Batch, Batches } from '../data/batch';
import { switchMode } from '../nn/mode';
import { aModule, type Module } from '../nn/module';
import { concat } from '../ops/concat';
import { embedding } from '../ops/indexing';
import { argmax } from '../ops/reduction';
import { aCount, checkAll, options as fields, numbers } from '../tensor/guard';
import { knownValues } from '../tensor/host-values';
import type { Tensor } from '../tensor/tensor';
import { checkTargets, countTargets } from '../training/labels';
import { assign } from './assignment';
import { type Diagonal, type DiagonalOptions, diagonal } from './diagonal';
import { aBatches, aFisher, checkedBatches } from './guard';
import { headOf, isOf } from './head';
import { checkRows, emptyError, outputsOf, tokensOf } from './targets';

const OP = 'matchHead';

/**
 * Finds which output of a network stands for which class of another task: the one-to-one assignment for which most of the
 * task's samples are predicted right, by the counts of its predictions, in evaluation mode, for each label. Names of labels
 * do not matter then, unless two assignments are equally good: one of them is taken. One forward pass over the batches.
 * Samples of the label −100 are left out. Where samples are sequences, [N, T], their tokens are counted.
 * @param options.classes of the task
 * @returns the output of each class. A number past the outputs means a class that none is left for. Outputs that no class
 *   is left for come after the classes, in their order.
 * @throws FisherError without samples; StrayLabelError; ShapeError
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 2, 2, { bias: false });
 * net.weight.write([[1, 0], [0, 1]]); // output 0 for [1, 0], output 1 for [0, 1]
 * const batch = { inputs: gpu.tensor([[1, 0], [0, 1]]), labels: gpu.tensor(Int32Array.of(1, 0)) };
 * await fisher.matchHead(net, [batch], { classes: 2 }); // → [1, 0]
 * ```
 */
export async function matchHead(
  net: Module,
  batches: Batches,
  options: { readonly classes: number },
): Promise<number[]> {
  checkAll(OP, {
    net: [net, aModule],
    batches: [batches, aBatches],
    options: [options, fields({ classes: aCount })],
  });
  const { classes } = options;
  const counts = await predictions(net, batches, classes);
  const size = Math.max(classes, counts[0].length);
  const outputs = assign(
    Array.from({ length: size }, (_, c) => Array.from({ length: size }, (_, o) => counts[c]?.[o] ?? 0)),
  );
  return [...outputs.slice(0, classes), ...outputs.slice(classes).sort((a, b) => a - b)];
}

/**
 * The batches with other labels: `outputs[label]` for each, as `matchHead` gives them, and −100 as it is. Where only the GPU
 * knows the labels it is waited for.
 * @example
 * ```ts
 * const batch = { inputs: gpu.ones([3, 4]), labels: gpu.tensor(Int32Array.of(0, 1, -100)) };
 * for await (const { labels } of fisher.renameLabels([batch], [1, 0])) console.log(await labels.data()); // 1, 0, −100
 * ```
 */
export async function* renameLabels(batches: Batches, outputs: readonly number[]): AsyncGenerator<Batch> {
  checkAll('renameLabels', { batches: [batches, aBatches], outputs: [outputs, numbers] });
  for await (const { inputs, labels } of checkedBatches('renameLabels', batches)) {
    const renamed = Int32Array.from(await valuesOf(labels), (label) => outputs[label] ?? label);
    using tensor = labels.gpu.tensor(renamed, labels.shape);
    yield { inputs, labels: tensor };
  }
}

/**
 * A Fisher with the rows of its head in the order of a task's classes, zeros for a class without an output.
 * @param outputs as `matchHead` gives them
 * @returns new tensors, those of the head [outputs.length, ...]; those given are left as they are
 * @example
 * ```ts
 * const F = new Map([['head.weight', gpu.tensor([[1, 2], [3, 4]])]]);
 * fisher.alignHead(F, [1, 0]).get('head.weight'); // → [[3, 4], [1, 2]]
 * ```
 */
export function alignHead(F: ReadonlyMap<string, Tensor>, outputs: readonly number[]): Diagonal {
  checkAll('alignHead', { F: [F, aFisher], outputs: [outputs, numbers] });
  const head = headOf(F);
  const rows = [...F.values()].at(-1)?.shape[0];
  return new Map(
    [...F].map(([name, x]) => {
      const isRows = isOf(head, name) && rows !== undefined && x.shape[0] === rows;
      return [name, isRows ? rowsInOrder(x, outputs) : x.alias(x.shape)];
    }),
  );
}

/** `diagonal` on a task that the network was not trained for, its head in the order of that task's classes. */
export async function matchedDiagonal(
  net: Module,
  batches: () => Batches,
  options: DiagonalOptions & { readonly classes: number },
): Promise<Diagonal> {
  const outputs = await matchHead(net, batches(), options);
  const raw = await diagonal(net, renameLabels(batches(), outputs), options);
  try {
    return alignHead(raw, outputs);
  } finally {
    for (const tensor of raw.values()) tensor.dispose();
  }
}

/** How often each output was the largest for samples of each label: [classes][outputs]. */
async function predictions(net: Module, batches: Batches, classes: number): Promise<number[][]> {
  const counts = Array.from({ length: classes }, (): number[] => []);
  const restore = switchMode(net, false);
  try {
    let samples = 0;
    let counting = 0;
    for await (const { inputs, labels } of checkedBatches(OP, batches)) {
      const values = await valuesOf(labels);
      checkTargets(
        {
          what: OP,
          labels: values,
          first: samples,
          each: tokensOf(labels),
          remedy: "pass the task's number of classes",
        },
        classes,
      );
      const { predicted, outputs } = noGrad(() =>
        inputs.gpu.scope(() => {
          const logits = net.forward(inputs);
          const outputs = outputsOf(OP, logits);
          checkRows(OP, labels, logits);
          return { predicted: argmax(logits, -1), outputs };
        }),
      );
      const places = await predicted.data().finally(() => predicted.dispose());
      for (const row of counts) while (row.length < outputs) row.push(0);
      for (const [n, place] of places.entries()) if (values[n] >= 0) counts[values[n]][place] += 1;
      samples += labels.shape[0];
      counting += countTargets(values);
    }
    if (counting === 0) throw emptyError(OP, samples);
  } finally {
    restore();
  }
  return counts;
}

const valuesOf = async (labels: Tensor): Promise<ArrayLike<number>> =>
  knownValues(labels) ?? (await labels.data());

function rowsInOrder(x: Tensor, order: readonly number[]): Tensor {
  const [rows, ...rest] = x.shape;
  const { gpu } = x;
  return gpu.scope(() => {
    const width = x.size / rows;
    const table = concat([x.alias([rows, width]), gpu.zeros([1, width])]);
    const places = gpu.tensor(
      Int32Array.from(order, (row) => Math.min(row, rows)),
      [order.length],
    );
    return embedding(places, table).alias([order.length, ...rest]);
  });
}
