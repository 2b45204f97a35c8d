import { existsSync } from 'node:fs';
import type { z } from 'zod';
import { type Identity, writeKept } from '../../data/kept.node';
import { withEntry } from '../../nas/dictionary';
import { writeDictionary } from '../../nas/dictionary.node';
import { headTensors, type LearntHead } from '../../nas/learnt-head';
import type { LabelledSearch } from '../../nas/methods/labels';
import type { SearchOutcome } from '../../nas/round';
import { outcomeSchema } from '../../nas/schemas';
import type { SaveSearch } from '../../nas/search-state';
import { loadSearch, saveSearch } from '../../nas/search-state.node';
import type { SearchProgress } from '../../nas/settings';
import type { SearchSpace } from '../../nas/space';
import { formatMillions, formatPercent } from '../../report/format';
import type { Search } from '../../report/results';
import type { Task } from '../../tasks/task';
import type { Gpu } from '../../tensor/gpu';
import { loadTensors, saveTensors } from '../../training/checkpoint.node';
import type { Event } from '../progress';
import type { Session } from '../session';
import { fileWord } from '../tasks';
import { chooses } from '../test-images';
import { newestJson, newestWhole } from '../whole';
import { finalTraining } from './finals';
import { knownCells } from './known-cells';
import { keyOf, searchData, searchSettings } from './search-setup';
import { spentTimeSchema, timed } from './stopwatch';

/** What a search found and cost. */
const foundSchema = outcomeSchema.extend(spentTimeSchema.shape);
type Found = Readonly<z.infer<typeof foundSchema>> & Pick<SearchOutcome, 'head'>;
type Facts = Pick<Search, 'winner' | 'testError' | 'parameters'> &
  Required<Pick<Search, 'headParameters' | 'cost'>>;

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
 * Searches a cell for the target, then trains the winner from scratch and tests it.
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
  const { winner, rounds, spent, head, ...time } = await searched(session, job);
  const by = slugOf(job, session.settings.seed);
  const final = await finalTraining(session, {
    label: `winner of ${by}`,
    target,
    genotype: winner,
    seed,
    learnt: head && { by, head },
  });
  const { testError, parameters, headParameters, steps, testImagesSeen } = final;
  const cost = {
    search: { ...spent, gpuSeconds: time.gpuSeconds },
    training: { steps, networks: 1, gpuSeconds: final.gpuSeconds },
  };
  const facts = {
    winner,
    testError,
    parameters,
    headParameters,
    cost,
    gpuSeconds: time.gpuSeconds + final.gpuSeconds,
    wallSeconds: time.wallSeconds + final.wallSeconds,
    evaluatedTestOnce: !testImagesSeen.some(chooses),
    testImagesSeen,
  };
  session.say(`${label}: ${sentenceOn(facts)}`, { event: 'search', method: label, seed, ...facts });
  return { method: label, target: target.id, space: [...space.operations], rounds, ...facts };
}

/** What one search found and cost, for the terminal. */
function sentenceOn({ winner, testError, parameters, headParameters, cost }: Facts): string {
  const { search, training } = cost;
  const [body, head] = [parameters - headParameters, headParameters].map((n) => formatMillions(n / 1e6));
  return [
    `test error ${formatPercent(testError)} % with cell ${winner.hash}`,
    `${body} M parameters, and ${head} M of the head`,
    `search: ${search.networks} networks, ${search.steps} steps, ${search.gpuSeconds.toFixed(1)} s of GPU time`,
    `training: ${training.steps} steps, ${training.gpuSeconds.toFixed(1)} s`,
  ].join('; ');
}

async function searched(session: Session, job: SearchJob): Promise<Found> {
  const { label, method, target, space, seed } = job;
  const { gpu, settings, signal } = session;
  const slug = slugOf(job, settings.seed);
  const of = { method: method.name, task: target.id, operations: space.operations, seed, settings };
  const done = session.state('searches', `${slug}.json`);
  const known = await newestJson(session, done, foundSchema, of);
  const file = session.state('searches', `${slug}.safetensors`);
  const headFile = session.state('searches', `${slug}.head.safetensors`);
  if (known) return { ...known, head: await savedHead(headFile, of) };
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
  const save: SaveSearch = (state, tensors) => saveSearch(file, state, tensors, { of, keepPrevious: true });
  const options = { ...searchSettings(session, target, space, seed), ...watch, save };
  try {
    const { result, spent } = await timed(
      session,
      session.state('searches', `${slug}.time.json`),
      async () => {
        const resume = await newestWhole(session, file, (path) => loadSearch(path, of));
        return method.search(gpu, data, { ...options, resume });
      },
    );
    const { head, ...outcome } = result;
    const found = { ...outcome, ...spent };
    if (head) await saveHead(gpu, headFile, head, of);
    await writeKept(done, found, { of });
    const { winner, candidateValidationLoss } = result.rounds[result.rounds.length - 1];
    const loss = candidateValidationLoss[winner];
    const entry = withEntry({}, keyOf(session, target), result.winner, result.validationAccuracy, loss);
    await knownCells(session);
    await writeDictionary(session.dictionary, entry);
    return { ...found, head };
  } finally {
    bar.stop();
  }
}

async function saveHead(gpu: Gpu, file: string, head: LearntHead, of: Identity): Promise<void> {
  const tensors = headTensors(gpu, head);
  await saveTensors(file, tensors, {}, { of }).finally(() => {
    for (const tensor of tensors.values()) tensor.dispose();
  });
}

/** What the winner's head has learnt, if it keeps that. */
const savedHead = async (file: string, of: Identity): Promise<LearntHead | undefined> =>
  existsSync(file) ? (await loadTensors(file, (meta) => meta, of)).tensors : undefined;
