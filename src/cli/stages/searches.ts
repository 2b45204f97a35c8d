import { existsSync } from 'node:fs';
import { z } from 'zod';
import { DeviceImages } from '../../data/device-set';
import { DataError } from '../../data/errors';
import { readJson, writeFileAtomic } from '../../data/files.node';
import { entriesOf, withEntry } from '../../nas/dictionary';
import { readDictionary, writeDictionary } from '../../nas/dictionary.node';
import { evaluateGenotype } from '../../nas/evaluate-genotype';
import { fuse } from '../../nas/fuse';
import { type Genotype, genotypeSchema } from '../../nas/genotype';
import { randomSearch } from '../../nas/random-search';
import type { SavedSearch, SaveSearch, SearchOutcome, SearchState } from '../../nas/search-state';
import { roundSchema } from '../../nas/search-state';
import { loadSearch, saveSearch } from '../../nas/search-state.node';
import { randomFor } from '../../nas/seeds';
import { completeSettings, fuseBudget, type SearchData, type SearchSettings } from '../../nas/settings';
import { drawDistinct, type SearchSpace, standardSpace, taskAwareSpace } from '../../nas/space';
import { trainWinner } from '../../nas/train-winner';
import type { Search } from '../../report/results';
import { holdout, numClasses, sourceKey, type Task, taskSplit } from '../../tasks/task';
import type { Event } from '../progress';
import type { Session } from '../session';
import { fileWord } from '../tasks';
import { splitsOf } from './networks';
import { timed } from './stopwatch';

export type SearchMethod = Search['method'];

const outcomeSchema = z.object({
  winner: genotypeSchema,
  validationAccuracy: z.number(),
  rounds: z.array(roundSchema),
});
const finalSchema = z.object({
  testError: z.number(),
  parameters: z.number(),
  gpuSeconds: z.number(),
  wallSeconds: z.number(),
});

/** Images as cells see them: with the cells' number of channels. */
function cellImages({ gpu, set, settings }: Session, task: Task, which: 'train' | 'test'): DeviceImages {
  const { dataset, [which]: images } = set(task);
  return new DeviceImages(gpu, images, { ...dataset, channels: settings.search.channels });
}

/** What a search on a task may see: some of its training images, a share of them for validation. */
function searchData(session: Session, task: Task, images: number): SearchData {
  const { settings } = session;
  const split = taskSplit(task, session.set(task).dataset.train.labels, settings.seed, { limit: images });
  const { train, validation } = holdout(split, settings.search.validation, settings.seed);
  return { images: cellImages(session, task, 'train'), train, validation, classes: numClasses(task) };
}

function searchSettings({ settings }: Session, space: SearchSpace): SearchSettings {
  const { nodes, channels, candidates, rounds, stages, weightEpochs, alphaEpochs, batchSize } =
    settings.search;
  return {
    ...{ space, nodes, channels, candidates, rounds, stages, weightEpochs, alphaEpochs, batchSize },
    seed: settings.seed,
  };
}

/**
 * The space of the operations that the closest task's best known cells use. The dictionary lies in the run's
 * state; for a task that it does not know yet, a few cells are drawn and tried first.
 */
export async function taskAware(session: Session, closest: Task): Promise<SearchSpace> {
  const { gpu, settings, signal } = session;
  const file = session.state('dictionary.json');
  const key = `${sourceKey(closest.dataset)}/${closest.id}`;
  let dictionary = await readDictionary(file);
  const data = searchData(session, closest, settings.search.images);
  const form = searchSettings(session, standardSpace);
  const { genotypes, steps } = fuseBudget(completeSettings(form, data), data);
  const draws = drawDistinct(
    standardSpace,
    form,
    settings.search.dictionaryDraws,
    randomFor(settings.seed, 'genotypes', 0xffff),
  );
  const known = new Set(entriesOf(dictionary, key).map(({ genotype }) => genotype.hash));
  const each = Math.max(1, Math.floor(steps / genotypes));
  const progress = session.progress(`cells for task ${closest.id}`, draws.length * each, 'steps');
  try {
    // Weights follow from the number, which must not depend on how many were tried before an interruption.
    for (const [number, genotype] of draws.entries()) {
      if (known.has(genotype.hash)) continue;
      const { batchSize, seed } = form;
      const { accuracy } = await evaluateGenotype(gpu, data, genotype, {
        ...{ steps: each, batchSize, seed, number, signal },
        onStep: (done) => progress.update(number * each + done),
      });
      dictionary = withEntry(dictionary, key, genotype, accuracy);
      await writeDictionary(file, dictionary);
    }
  } finally {
    progress.stop();
  }
  const space = taskAwareSpace(key, dictionary);
  session.say(`task-aware space: ${space.operations.join(', ')}\n  (${space.reason})`, {
    event: 'space',
    ...space,
  });
  return space;
}

/** Searches a cell for the target, then trains the winner from scratch and tests it once. */
export async function searchAndTrain(
  session: Session,
  method: SearchMethod,
  target: Task,
  space: SearchSpace,
): Promise<Search> {
  // Random search has no word for its space in its name, and may be made in either.
  const words = method === 'random search' ? `random ${space.name}` : method;
  const slug = `${words.replaceAll(' ', '-')}-task${fileWord(target.id)}`;
  const outcome = await searched(session, slug, method, target, space);
  const final = await finished(session, slug, target, outcome.winner);
  const { testError, gpuSeconds } = final;
  session.say(
    `${method}: test error ${(100 * testError).toFixed(2)} % with cell ${outcome.winner.hash}, ${gpuSeconds.toFixed(1)} s of GPU time`,
    { event: 'search', method, winner: outcome.winner, ...final },
  );
  return {
    ...{ method, target: target.id, space: [...space.operations] },
    rounds: outcome.rounds.map((round) => ({ ...round, candidates: [...round.candidates] })),
    winner: outcome.winner,
    ...final,
    evaluatedTestOnce: true,
  };
}

async function searched(
  session: Session,
  slug: string,
  method: SearchMethod,
  target: Task,
  space: SearchSpace,
): Promise<SearchOutcome> {
  const { gpu, settings, signal } = session;
  const done = session.state('searches', `${slug}.json`);
  if (existsSync(done)) return readJson(done, outcomeSchema);
  const file = session.state('searches', `${slug}.safetensors`);
  const data = searchData(session, target, settings.search.images);
  const bar = session.progress(method, 1, 'steps');
  const watch = {
    signal,
    log: (event: Event) => session.log({ ...event, method }),
    onProgress: ({ done, total, phase }: { done: number; total: number; phase: string }) =>
      bar.update(done, phase, total),
  };
  const save: SaveSearch<SearchState> = (state, tensors) => saveSearch(file, state, tensors);
  const options = { ...searchSettings(session, space), ...watch, save };
  try {
    const { result } = await timed(gpu, session.state('searches', `${slug}.time.json`), async () =>
      method === 'random search'
        ? randomSearch(gpu, data, { ...options, resume: await savedSearch(file, 'random') })
        : fuse(gpu, data, { ...options, resume: await savedSearch(file, 'fuse') }),
    );
    await writeFileAtomic(done, JSON.stringify(result));
    return result;
  } finally {
    bar.stop();
  }
}

/** Where a search of one kind was interrupted, if it was. @throws DataError if the file holds another kind */
async function savedSearch<Method extends SearchState['method']>(
  file: string,
  method: Method,
): Promise<SavedSearch<Extract<SearchState, { method: Method }>> | undefined> {
  if (!existsSync(file)) return undefined;
  const { state, tensors } = await loadSearch(file);
  if (isOf(state, method)) return { state, tensors };
  throw new DataError('DATA_FORMAT', {
    ...{ file, field: 'state method' },
    ...{ expected: method, found: state.method },
  });
}

function isOf<Method extends SearchState['method']>(
  state: SearchState,
  method: Method,
): state is Extract<SearchState, { method: Method }> {
  return state.method === method;
}

/** Trains a found cell on the final budget; its GPU time includes that of its search. */
async function finished(
  session: Session,
  slug: string,
  target: Task,
  winner: Genotype,
): Promise<z.infer<typeof finalSchema>> {
  const { gpu, settings, signal } = session;
  const done = session.state('searches', `${slug}.winner.json`);
  if (existsSync(done)) return readJson(done, finalSchema);
  const file = session.state('searches', `${slug}.winner.safetensors`);
  const resume = await savedSearch(file, 'winner');
  const { images, epochs, batchSize, lr } = settings.final;
  const data = searchData(session, target, images);
  const test = {
    images: cellImages(session, target, 'test'),
    split: splitsOf(session, target, settings.seed, images).test,
  };
  const bar = session.progress(`winner of ${slug}`, 1, 'steps');
  try {
    const { result, spent } = await timed(gpu, session.state('searches', `${slug}.time.json`), () =>
      trainWinner(gpu, data, test, winner, {
        ...{ epochs, batchSize, lr, seed: settings.seed, signal, resume },
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
