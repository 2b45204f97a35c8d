import type { SearchData } from '../../nas/settings';
import { numClasses } from '../../tasks/task';
import type { Work } from '../kind';
import type { Arena, ContestBudget } from '../settings/arena';
import type { TaskInputs } from './inputs';
import { cellImages, openScene } from './scene';
import { tableSplits } from './search-data';

/** The images of an arena as a search sees them, and how it trains and scores cells on them. */
export function arenaSearch(
  { gpu, signal, progress }: Work,
  of: TaskInputs,
  arena: Arena,
  { epochs, weightLr, scoreBatch }: ContestBudget,
) {
  const { head, backbone, images, batchSize } = arena;
  const steps = epochs * Math.ceil(images / batchSize);
  const data: SearchData = {
    images: cellImages(openScene(gpu, of, arena.shrink), arena, 'train'),
    ...tableSplits(of, arena),
    classes: numClasses(of.task),
  };
  const onStep = (done: number) => progress(done, steps);
  return { data, options: { head, backbone, steps, batchSize, scoreBatch, weightLr, signal, onStep } };
}
