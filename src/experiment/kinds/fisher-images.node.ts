import type { Batch } from '../../data/batch';
import { InterruptedError } from '../../training/errors';
import type { Work } from '../kind';
import type { Scene } from '../scene/scene';
import { batchesOf, fisherPart, fisherSplit } from '../scene/splits';
import type { FisherSettings } from '../settings/fisher';

/**
 * Opens the images that a task's Fisher information is taken on, in batches, with a sign of life at each, for large networks
 * take long over them.
 * @param parts into how many parts a batch is cut
 * @throws InterruptedError when they are asked for after the work was told to end
 */
export function fisherImages(
  { progress, signal }: Work,
  scene: Scene,
  { count, batchSize }: Pick<FisherSettings, 'count' | 'batchSize'>,
  parts: number,
): () => Iterable<Batch> {
  const split = fisherSplit(scene, count);
  const size = Math.ceil(batchSize / parts);
  const total = Math.ceil(split.indices.length / size);
  return function* told() {
    let done = 0;
    for (const batch of batchesOf(scene[fisherPart(scene)], split, size)) {
      if (signal.aborted) throw new InterruptedError();
      yield batch;
      progress(++done, total);
    }
  };
}
