import { withEntry } from '../../../nas/dictionary';
import { fuse } from '../../../nas/methods/fuse';
import { effectOf } from '../../../nas/operations/defined';
import { type SearchSpace, taskAwareSpace } from '../../../nas/space';
import { trainWinner } from '../../../nas/train-winner';
import { holdout } from '../../../tasks/task';
import type { KnownCell, OwnSearch } from '../../own/protocol';
import { capital } from '../../words';
import type { Job } from '../job';
import { SEED, taskOf } from '../lab';
import { CELL_CHANNELS, type OwnImages, type OwnSet } from './world';

const BUDGET = { rounds: 2, stages: 3, weightEpochs: 2, alphaEpochs: 20, batchSize: 16 };
const QUICK = { rounds: 1, stages: 1, weightEpochs: 1, alphaEpochs: 2, batchSize: 16, candidates: 2 };
const FINAL = { epochs: 12, batchSize: 16 };
const QUICK_FINAL = { epochs: 1, batchSize: 16 };
const FRAME = { nodes: 4, channels: CELL_CHANNELS } as const;
/** Of the pictures to learn from; α is judged by it. */
const VALIDATION = 0.34;

/** What the closest task's best known cells are made of; all operations where none is known. */
export function spaceOf(closest: string, known: readonly KnownCell[]): SearchSpace {
  const dictionary = known.reduce(
    (all, { task, genotype, accuracy }) => withEntry(all, task, genotype, accuracy),
    {},
  );
  const space = taskAwareSpace(closest, dictionary);
  // The page calls tasks by their names.
  const named = `task “${taskOf(closest).name}”`;
  return { ...space, reason: space.reason.replace(`task ${closest}`, named) };
}

/** Searches a cell for own pictures by FUSE, and trains the winner from scratch. @throws InterruptedError */
export async function searchOwn(
  { lab, signal, tell, quick }: Job,
  own: OwnSet,
  { cells }: OwnImages,
  space: SearchSpace,
): Promise<OwnSearch> {
  const { gpu } = lab;
  const effects = Object.fromEntries(space.operations.map((name) => [name, effectOf(name)]));
  const search: OwnSearch = { reason: space.reason, operations: space.operations, effects };
  tell({ type: 'own', own: { type: 'search', search } });
  const { train, validation } = holdout(own.train, VALIDATION, SEED);
  const data = { images: cells, train, validation, classes: own.task.classes.length };
  const { winner } = await fuse(gpu, data, {
    ...(quick ? QUICK : BUDGET),
    ...FRAME,
    ...{ space, seed: SEED, signal },
    onProgress: ({ done, total, activity }) =>
      tell({ type: 'progress', text: capital(activity), done, total }),
  });
  const { network, test } = await trainWinner(gpu, data, { images: cells, split: own.test }, winner, {
    ...(quick ? QUICK_FINAL : FINAL),
    ...{ seed: SEED, signal },
    onProgress: ({ done, total }) =>
      tell({ type: 'progress', text: 'Training the winner from scratch', done, total }),
  });
  try {
    const found = { genotype: winner, testAccuracy: test.accuracy, parameters: network.parameterCount() };
    const over = { ...search, winner: found };
    tell({ type: 'own', own: { type: 'search', search: over } });
    return over;
  } finally {
    network.dispose();
  }
}
