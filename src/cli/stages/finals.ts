import { z } from 'zod';
import { DataError } from '../../data/errors';
import { type Identity, writeKept } from '../../data/kept.node';
import type { Genotype } from '../../nas/genotype';
import type { LearntHead } from '../../nas/learnt-head';
import { networkText } from '../../nas/saved-network';
import type { SavedSearch } from '../../nas/search-state';
import { loadSearch, saveSearch } from '../../nas/search-state.node';
import { trainWinner, type WinnerState } from '../../nas/train-winner';
import type { Task } from '../../tasks/task';
import type { Session } from '../session';
import { fileWord } from '../tasks';
import { testUseSchema } from '../test-images';
import { newestJson, newestWhole } from '../whole';
import { aboutCell } from './network-about';
import { augmentationIn, splitsOf } from './networks';
import { cellImages, searchData, surroundingsOf } from './search-setup';
import { timed } from './stopwatch';

const finalSchema = z.object({
  testError: z.number(),
  parameters: z.number(),
  headParameters: z.number(),
  steps: z.number(),
  gpuSeconds: z.number(),
  wallSeconds: z.number(),
  /** What test images were read for before this test. */
  testImagesSeen: z.array(testUseSchema),
});
export type Final = z.infer<typeof finalSchema>;

/** A cell to train from scratch, and what the terminal calls that. */
interface FinalJob {
  readonly label: string;
  readonly target: Task;
  readonly genotype: Genotype;
  readonly seed: number;
  /** Set where its linear layer keeps what it has learnt in a search, which has this name. */
  readonly learnt?: { readonly by: string; readonly head: LearntHead };
}

/**
 * Trains a cell from scratch on the final budget and tests it. A cell that several searches find is trained once for
 * all of them: genotype, task and seed decide everything. One that keeps a head is trained for its own search.
 */
export async function finalTraining(session: Session, job: FinalJob): Promise<Final> {
  const { label, target, genotype, seed, learnt } = job;
  const { gpu, settings, signal } = session;
  const repeat = seed === settings.seed ? '' : `-seed${seed}`;
  const name = learnt
    ? `${genotype.hash}-${learnt.by}`
    : `${genotype.hash}-task${fileWord(target.id)}${repeat}`;
  const fileOf = (ending: string) => session.state('finals', `${name}.${ending}`);
  const of = { genotype: genotype.hash, task: target.id, seed, settings, search: learnt?.by ?? null };
  const done = fileOf('json');
  const known = await newestJson(session, done, finalSchema, of);
  if (known) return known;
  const file = fileOf('safetensors');
  const resume = await newestWhole(session, file, (path) => savedTraining(path, of));
  const { images, epochs, batchSize, lr } = settings.final;
  const { schedule, affine, winnerWeights, winnerTest } = settings.protocol;
  const data = searchData(session, target, images, seed);
  const count = data.train.indices.length + data.validation.indices.length;
  const test = {
    images: cellImages(session, target, 'test'),
    split: splitsOf(session, target, settings.seed, images).test,
  };
  const surroundings = surroundingsOf(settings);
  const cell = { ...surroundings, network: genotype };
  const metadata = networkText(
    'finalTraining',
    aboutCell(session, target, test.images.shape, cell),
    'network',
  );
  const testImagesSeen = [...session.testImages.seen(target)];
  const bar = session.progress(label, 1, 'steps');
  try {
    const { result, spent } = await timed(session, fileOf('time.json'), () =>
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
        learntHead: learnt?.head,
        signal,
        resume,
        augment: augmentationIn(session, target, settings.final.augment),
        save: (state, tensors) => saveSearch(file, state, tensors, { of, keepPrevious: true, metadata }),
        onProgress: ({ done, total }) => bar.update(done, '', total),
      }),
    );
    const final = {
      testError: 1 - result.test.accuracy,
      parameters: result.network.parameterCount(),
      headParameters: result.network.headParameterCount(),
      steps: epochs * Math.ceil(count / batchSize),
      ...spent,
      testImagesSeen,
    };
    result.network.dispose();
    await session.testImages.note(target, 'final tests');
    await writeKept(done, final, { of });
    return final;
  } finally {
    bar.stop();
  }
}

/** Where a training was interrupted. @throws DataError if the file holds a search, or is of another training */
async function savedTraining(file: string, of: Identity): Promise<SavedSearch<WinnerState>> {
  const { state, tensors } = await loadSearch(file, of);
  if (state.method === 'winner') return { state, tensors };
  throw new DataError('DATA_OTHER', {
    file,
    field: 'state method',
    expected: 'winner',
    found: state.method,
  });
}
