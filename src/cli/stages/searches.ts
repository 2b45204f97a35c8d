import { existsSync } from 'node:fs';
import { z } from 'zod';
import { DataError } from '../../data/errors';
import { readJson, writeFileAtomic } from '../../data/files.node';
import { withEntry } from '../../nas/dictionary';
import { writeDictionary } from '../../nas/dictionary.node';
import type { Genotype } from '../../nas/genotype';
import type { LabelledSearch } from '../../nas/methods/labels';
import { outcomeSchema, type SearchOutcome } from '../../nas/round';
import type { SavedSearch, SaveSearch } from '../../nas/search-state';
import { loadSearch, saveSearch } from '../../nas/search-state.node';
import type { SearchProgress } from '../../nas/settings';
import type { SearchSpace } from '../../nas/space';
import { trainWinner, type WinnerState } from '../../nas/train-winner';
import { formatMillions } from '../../report/format';
import type { Search } from '../../report/results';
import type { Task } from '../../tasks/task';
import type { Event } from '../progress';
import type { Session } from '../session';
import { fileWord } from '../tasks';
import { augmentationOf, splitsOf } from './networks';
import { backboneOf, cellImages, keyOf, searchData, searchSettings } from './search-setup';
import { timed } from './stopwatch';

const finalSchema = z.object({
  testError: z.number(),
  parameters: z.number(),
  gpuSeconds: z.number(),
  wallSeconds: z.number(),
});

/** By what a cell is searched, and what results call that. */
export type NamedMethod = Pick<LabelledSearch, 'label' | 'method'>;

/** One search: by what, for which task, in which space. All that is drawn in it follows from the seed. */
interface SearchJob extends NamedMethod {
  readonly target: Task;
  readonly space: SearchSpace;
  readonly seed: number;
}

/** What the files of a search are called. */
function slugOf({ label, method, target, space, seed }: SearchJob, first: number): string {
  const words = method.namesSpace ? label : `${method.name} ${space.name}`;
  const repeat = seed === first ? '' : `-seed${seed}`;
  return `${words.replaceAll(' ', '-')}-task${fileWord(target.id)}${repeat}`;
}

/**
 * Searches a cell for the target, then trains the winner from scratch and tests it once.
 * @param seed default: the settings'
 */
export async function searchAndTrain(
  session: Session,
  { label, method }: NamedMethod,
  target: Task,
  space: SearchSpace,
  seed = session.settings.seed,
): Promise<Search> {
  const job = { label, method, target, space, seed };
  const outcome = await searched(session, job);
  const final = await finished(session, job, outcome.winner);
  const { testError, parameters, gpuSeconds } = final;
  session.say(
    `${label}: test error ${(100 * testError).toFixed(2)} % with cell ${outcome.winner.hash}, ${formatMillions(parameters / 1e6)} M parameters, ${gpuSeconds.toFixed(1)} s of GPU time`,
    { event: 'search', method: label, seed, winner: outcome.winner, ...final },
  );
  return {
    method: label,
    target: target.id,
    space: [...space.operations],
    rounds: outcome.rounds,
    winner: outcome.winner,
    ...final,
    evaluatedTestOnce: true,
  };
}

async function searched(session: Session, job: SearchJob): Promise<SearchOutcome> {
  const { label, method, target, space, seed } = job;
  const { gpu, settings, signal } = session;
  const slug = slugOf(job, settings.seed);
  const done = session.state('searches', `${slug}.json`);
  if (existsSync(done)) return readJson(done, outcomeSchema);
  const file = session.state('searches', `${slug}.safetensors`);
  const data = searchData(session, target, settings.search.images, seed);
  const bar = session.progress(label, 1, 'steps');
  const watch = {
    signal,
    log: (event: Event) => {
      const named = { ...event, method: label, seed };
      if (event.event === 'warning') session.say(`warning: ${label}: ${event.warning}`, named);
      else session.log(named);
    },
    onProgress: ({ done, total, activity }: SearchProgress) => bar.update(done, activity, total),
  };
  const save: SaveSearch = (state, tensors) => saveSearch(file, state, tensors);
  const options = { ...searchSettings(session, space, seed), ...watch, save };
  try {
    const { result } = await timed(gpu, session.state('searches', `${slug}.time.json`), async () =>
      method.search(gpu, data, { ...options, resume: await savedSearch(file) }),
    );
    await writeFileAtomic(done, JSON.stringify(result));
    const { winner, candidateValidationLoss } = result.rounds[result.rounds.length - 1];
    const loss = candidateValidationLoss[winner];
    const found = withEntry({}, keyOf(target), result.winner, result.validationAccuracy, loss);
    await writeDictionary(session.dictionary, found);
    return result;
  } finally {
    bar.stop();
  }
}

/** Where a search was interrupted, if it was. */
const savedSearch = async (file: string) => (existsSync(file) ? loadSearch(file) : undefined);

/** Where the training of a winner was interrupted, if it was. @throws DataError if the file holds a search */
async function savedWinner(file: string): Promise<SavedSearch<WinnerState> | undefined> {
  const saved = await savedSearch(file);
  if (!saved) return undefined;
  const { state, tensors } = saved;
  if (state.method === 'winner') return { state, tensors };
  throw new DataError('DATA_FORMAT', {
    file,
    field: 'state method',
    expected: 'winner',
    found: state.method,
  });
}

/** Trains a found cell on the final budget; its GPU time includes that of its search. */
async function finished(
  session: Session,
  job: SearchJob,
  winner: Genotype,
): Promise<z.infer<typeof finalSchema>> {
  const { target, seed } = job;
  const { gpu, settings, signal } = session;
  const slug = slugOf(job, settings.seed);
  const done = session.state('searches', `${slug}.winner.json`);
  if (existsSync(done)) return readJson(done, finalSchema);
  const file = session.state('searches', `${slug}.winner.safetensors`);
  const resume = await savedWinner(file);
  const { images, epochs, batchSize, lr } = settings.final;
  const { schedule, affine, winnerWeights } = settings.protocol;
  const data = searchData(session, target, images, seed);
  const test = {
    images: cellImages(session, target, 'test'),
    split: splitsOf(session, target, settings.seed, images).test,
  };
  const bar = session.progress(`winner of ${slug}`, 1, 'steps');
  try {
    const { result, spent } = await timed(gpu, session.state('searches', `${slug}.time.json`), () =>
      trainWinner(gpu, data, test, winner, {
        epochs,
        batchSize,
        lr,
        seed,
        backbone: backboneOf(settings),
        schedule,
        affine,
        firstWeights: winnerWeights,
        signal,
        resume,
        augment: augmentationOf(settings.protocol, target, settings.final),
        save: (state, tensors) => saveSearch(file, state, tensors),
        onProgress: ({ done, total }) => bar.update(done, '', total),
      }),
    );
    const final = {
      testError: 1 - result.test.accuracy,
      parameters: result.network.parameterCount(),
      ...spent,
    };
    result.network.dispose();
    await writeFileAtomic(done, JSON.stringify(final));
    return final;
  } finally {
    bar.stop();
  }
}
