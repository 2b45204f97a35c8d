import type { SearchData } from '../../nas/settings';
import { numClasses } from '../../tasks/task';
import type { Work } from '../kind';
import type { ContestBudget, TableBudget } from '../settings/table-budget';
import type { TaskInputs } from './inputs';
import { cellImages, openScene } from './scene';
import { tableSplits } from './search-data';

/** The images of a table as a search sees them, and how it trains and scores on them what the table has trained from scratch. */
export function tableSearch(
  { gpu, signal, progress }: Work,
  of: TaskInputs,
  table: TableBudget,
  { epochs, weightLr }: ContestBudget,
) {
  const { head, images, batchSize, together: scoreBatch = batchSize } = table;
  const steps = epochs * Math.ceil(images / batchSize);
  const data: SearchData = {
    images: cellImages(openScene(gpu, of, table.shrink), table, 'train'),
    ...tableSplits(of, table),
    classes: numClasses(of.task),
  };
  const onStep = (done: number) => progress(done, steps);
  return { data, options: { head, steps, batchSize, scoreBatch, weightLr, signal, onStep } };
}
