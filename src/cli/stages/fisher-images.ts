import type { Batch } from '../../data/batch';
import type { DeviceImages } from '../../data/device-images';
import { disposeOrder } from '../../data/device-set';
import { keepApart, type Parts } from '../../tasks/keep';
import { inSetOrder, type Split, type Task, taskSplit } from '../../tasks/task';
import { restOptions } from '../protocol-tasks';
import type { Session } from '../session';

/** Share of each class's training images that are kept for the Fisher information. */
const KEPT_SHARE = 0.1;

type Sight = Pick<Session, 'settings' | 'set'>;

/**
 * The images of a task to train on, search with and validate with: those of the data set's training part, without
 * those that are kept for the Fisher information. These are the same for all tasks and seeds, and nothing in a run
 * trains on them, the last trainings included: what chose the space is not seen again.
 */
export function trainingSplit(session: Sight, task: Task, seed: number, limit: number): Split {
  const { labels } = session.set(task).dataset.train;
  const { fisher, protocol } = session.settings;
  const options = { limit, ...restOptions(protocol, task, 'train') };
  return fisher.images === 'test'
    ? taskSplit(task, labels, seed, options)
    : within(keptOf(session, task).rest, task, labels, seed, options);
}

/** The images that a target's Fisher information is taken on, the same for every network. */
export function fisherSplit(session: Sight, task: Task): { images: DeviceImages; split: Split } {
  const { dataset, train, test } = session.set(task);
  const { seed, fisher, protocol } = session.settings;
  const part = fisher.images === 'test' ? 'test' : 'train';
  const options = { limit: fisher.count, ...restOptions(protocol, task, part) };
  if (part === 'test') {
    const split = taskSplit(task, dataset.test.labels, seed, options);
    return { images: test, split: protocol.fisherOrder === 'set' ? inSetOrder(split) : split };
  }
  const { kept } = keptOf(session, task);
  return { images: train, split: within(kept, task, dataset.train.labels, seed, options) };
}

/** The same images in batches, each freed when the next is asked for. */
export function* fisherBatches(
  { images, split }: { readonly images: DeviceImages; readonly split: Split },
  batchSize: number,
): Generator<Batch> {
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

function keptOf({ set }: Sight, task: Task): Parts {
  const { name, train } = set(task).dataset;
  const advice = 'Give the class more images, or measure distances on test images with --images test';
  const parts = known.get(train.labels) ?? keepApart(train.labels, KEPT_SHARE, { file: name, advice });
  known.set(train.labels, parts);
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
