import type { Batch } from '../../data/batch';
import type { DeviceImages } from '../../data/device-images';
import { disposeOrder } from '../../data/device-set';
import { keepApart, type Parts } from '../../tasks/keep';
import { inSetOrder, type Split, type Task, taskSplit } from '../../tasks/task';
import { restOptions } from '../settings/protocol-tasks';
import type { TaskInputs } from './inputs';

/** Share of each class's training images that are kept for the Fisher information. */
const KEPT_SHARE = 0.1;

/**
 * The images of a task to train on, search with and validate with: those of the data set's training part, without
 * those that are kept for the Fisher information. These are the same for all tasks and seeds, and nothing in a run
 * trains on them, the last trainings included: what chose the space is not seen again.
 */
export function trainingSplit(inputs: TaskInputs, seed: number, limit: number): Split {
  const { task, set, protocol, fisherImages } = inputs;
  const { labels } = set.content.train;
  const options = { limit, ...restOptions(protocol, task, 'train') };
  return fisherImages === 'test'
    ? taskSplit(task, labels, seed, options)
    : within(keptOf(inputs).rest, task, labels, seed, options);
}

/** The images of a task to train on and to test with. The test images are the same for every seed. */
export const splitsOf = (
  inputs: TaskInputs,
  seed: number,
  images: number,
): { train: Split; test: Split } => ({
  train: trainingSplit(inputs, seed, images),
  test: testSplit(inputs),
});

/** The test images of a task; where there are more than `limit`, so many. */
export function testSplit({ task, set, protocol, testSeed }: TaskInputs, limit?: number): Split {
  const options = { limit, ...restOptions(protocol, task, 'test') };
  return taskSplit(task, set.content.test.labels, testSeed, options);
}

/** Of which part of a data set the Fisher information is taken. */
export const fisherPart = ({ fisherImages }: TaskInputs): 'train' | 'test' =>
  fisherImages === 'test' ? 'test' : 'train';

/** The images that a target's Fisher information is taken on, the same for every network. */
export function fisherSplit(inputs: TaskInputs, limit: number): Split {
  const { task, set, protocol, testSeed } = inputs;
  const part = fisherPart(inputs);
  const { labels } = set.content[part];
  const options = { limit, ...restOptions(protocol, task, part) };
  if (part === 'train') return within(keptOf(inputs).kept, task, labels, testSeed, options);
  const split = taskSplit(task, labels, testSeed, options);
  return protocol.fisherOrder === 'set' ? inSetOrder(split) : split;
}

/** Images in batches, each freed when the next is asked for. */
export function* batchesOf(images: DeviceImages, split: Split, batchSize: number): Generator<Batch> {
  const order = images.order(Uint32Array.from(split.indices), Int32Array.from(split.labels));
  try {
    for (let start = 0; start < order.count; start += batchSize) {
      const batch = images.batch(order, start, Math.min(batchSize, order.count - start));
      yield batch;
      batch.inputs.dispose();
      batch.labels.dispose();
    }
  } finally {
    disposeOrder(order);
  }
}

/** By the labels of a data set: all of its tasks and seeds share the cut. */
const known = new WeakMap<Uint8Array, Parts>();

function keptOf({ set }: TaskInputs): Parts {
  const { labels } = set.content.train;
  const advice = 'Give the class more images, or measure distances on test images with --images test';
  const parts = known.get(labels) ?? keepApart(labels, KEPT_SHARE, { file: set.name, advice });
  known.set(labels, parts);
  return parts;
}

/** A task's images among some positions of a data set. */
function within(
  positions: Uint32Array,
  task: Task,
  labels: Uint8Array,
  seed: number,
  options: Parameters<typeof taskSplit>[3],
): Split {
  const own = Uint8Array.from(positions, (position) => labels[position]);
  const split = taskSplit(task, own, seed, options);
  return { ...split, indices: split.indices.map((i) => positions[i]) };
}
