import { z } from 'zod';
import { DataError } from '../../data/errors';
import type { Genotype } from '../../nas/genotype';
import { networkText } from '../../nas/saved-network';
import type { SavedSearch } from '../../nas/search-state';
import { loadSearch, saveSearch } from '../../nas/search-state.node';
import { trainWinner, type WinnerState } from '../../nas/train-winner';
import { type Artefact, defineKind } from '../kind';
import { aboutCell } from '../scene/about';
import { augmentationIn } from '../scene/augmentation';
import type { TaskInputs } from '../scene/inputs';
import { type CellSight, cellImages, openScene } from '../scene/scene';
import { type SearchBudgets, searchData, surroundingsOf } from '../scene/search-data';
import { splitsOf } from '../scene/splits';
import type { Settings } from '../settings/presets';
import { stepsCost } from './cost';
import { NETWORK_FILE } from './network.node';
import { type Found, learntHead } from './search.node';
import { spentTimeSchema, timed } from './timed.node';
import { newestWhole } from './whole.node';

/** A cell to train from scratch on the final budget. */
export interface WinnerInputs {
  readonly of: TaskInputs;
  readonly genotype: Genotype;
  readonly final: Settings['final'];
  /** How cells see images, and which share of them a search would keep for validation: it decides their order. */
  readonly sight: CellSight & Pick<SearchBudgets, 'validation'>;
  readonly seed: number;
  /** Set where its linear layer keeps what it has learnt in a search. */
  readonly search?: Artefact<Found>;
}

const winnerSchema = z.object({
  testError: z.number(),
  parameters: z.number(),
  headParameters: z.number(),
  steps: z.number(),
  ...spentTimeSchema.shape,
});
export type Winner = z.infer<typeof winnerSchema>;

/**
 * A cell trained from scratch and tested once. One that several searches find is trained once for all of them: genotype,
 * task and seed decide everything.
 */
export const winnerKind = defineKind({
  name: 'winner',
  version: 1,
  check: (value) => winnerSchema.parse(value),
  cost: ({ final }: WinnerInputs) => stepsCost(final),
  run: async (work, { of, genotype, final, sight, seed, search }: WinnerInputs) => {
    const { gpu, signal } = work;
    const scene = openScene(gpu, of);
    const file = work.file(NETWORK_FILE);
    const { images, epochs, batchSize, lr, augment } = final;
    const { schedule, affine, winnerWeights, winnerTest } = of.protocol;
    const data = searchData(scene, sight, images, seed);
    const count = data.train.indices.length + data.validation.indices.length;
    const test = {
      images: cellImages(scene, sight, 'test'),
      split: splitsOf(scene, of.testSeed, images).test,
    };
    const surroundings = surroundingsOf(sight);
    const about = aboutCell(of, test.images.shape, { ...surroundings, network: genotype });
    const metadata = networkText('trainWinner', about, 'network');
    const head = search && (await learntHead(search));
    const { result, spent } = await timed(work, async () =>
      trainWinner(gpu, data, test, genotype, {
        epochs,
        batchSize,
        lr,
        seed,
        ...surroundings,
        schedule,
        affine,
        firstWeights: winnerWeights,
        testTogether: winnerTest,
        learntHead: head,
        signal,
        resume: await newestWhole(work, file, savedTraining),
        augment: augmentationIn(of, augment),
        save: async (state, tensors) => {
          await saveSearch(file, state, tensors, { keepPrevious: true, metadata });
          await work.saved();
        },
        onProgress: ({ done, total }) => work.progress(done, total),
      }),
    );
    const { network, test: measured } = result;
    const value = {
      testError: 1 - measured.accuracy,
      parameters: network.parameterCount(),
      headParameters: network.headParameterCount(),
      steps: epochs * Math.ceil(count / batchSize),
      ...spent,
    };
    network.dispose();
    return { value, files: [NETWORK_FILE] };
  },
});

/** Where a training was interrupted. @throws DataError if the file holds a search */
async function savedTraining(file: string): Promise<SavedSearch<WinnerState>> {
  const { state, tensors } = await loadSearch(file);
  if (state.method === 'winner') return { state, tensors };
  throw new DataError('DATA_OTHER', {
    file,
    field: 'state method',
    expected: 'winner',
    found: state.method,
  });
}
