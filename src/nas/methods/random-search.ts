import type { Gpu } from '../../tensor/gpu';
import type { Measure } from '../../training/stats';
import { drawnGenotypes } from '../baselines';
import { searchBudget, separateSteps, startWork, trainingSteps } from '../budget';
import { logCollapse } from '../collapse';
import { evaluateGenotype, type TrainingState } from '../evaluate-genotype';
import type { Genotype } from '../genotype';
import { checkSearch } from '../guard';
import type { Replay } from '../replay/game';
import type { SearchOutcome } from '../round';
import { checkSettings, type SavedSearch, type SearchState } from '../search-state';
import { completeSettings, type SearchData, settingsRecord } from '../settings';
import { defineSearchMethod, type MethodOptions, type StateSchema } from './method';
import { lowestLoss, trainingOf } from './one-by-one';

/** Where random search stands: the candidate after the last of `measures` is in training. */
export interface RandomState extends SearchState<'random'> {
  /** All cells that are tried. */
  readonly candidates: readonly Genotype[];
  /** Of those that were trained, in the order of `candidates`. */
  readonly measures: readonly Measure[];
  /** Of the cell that is in training; null between two. */
  readonly training: TrainingState | null;
}

const stateSchema: StateSchema<RandomState> = ({ z, ...parts }) =>
  parts.searchState('random', {
    candidates: z.array(parts.genotypeSchema).min(1),
    measures: z.array(parts.measureSchema),
    training: parts.trainingStateSchema.nullable(),
  });

/** `save` is called after every candidate, and when interrupted. */
export type RandomSearchOptions = MethodOptions<RandomState>;

/**
 * Random search on FUSE's budget (see `searchBudget`). It draws as many genotypes as FUSE trains networks, and trains
 * each by itself, all by as many steps as the budget pays. They are scored as FUSE's candidates are, and the lowest
 * validation loss wins: it orders cells better than accuracy does (`npm run scoring`).
 * @throws SearchSpaceError, StrayLabelError, NanLossError, InterruptedError (after saving), SearchStateError
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * const { winner } = await nas.randomSearch(gpu, { images, train, validation, classes: 2 }, {
 *   space: { name: 'mine', operations: ['skip_connect', 'max_pool_3x3'], reason: 'as small as can be' },
 *   ...{ nodes: 3, channels: 1, candidates: 2, batchSize: 2, seed: 0 },
 *   ...{ rounds: 1, stages: 1, weightEpochs: 1, alphaEpochs: 1 },
 * });
 * Object.keys(winner.edges).sort(); // → ['01', '02', '12']
 * ```
 */
export async function randomSearch(
  gpu: Gpu,
  data: SearchData,
  options: RandomSearchOptions,
): Promise<SearchOutcome> {
  checkSearch('randomSearch', gpu, data, options);
  const { signal, onProgress, log, save, resume } = options;
  const settings = completeSettings(options, data);
  const record = settingsRecord(settings, data);
  if (resume) checkSettings(resume.state.settings, record);
  let state: RandomState = resume?.state ?? {
    method: 'random',
    settings: record,
    candidates: drawnGenotypes(settings, data),
    measures: [],
    training: null,
  };
  const { candidates } = state;
  const work = searchBudget(settings, data).work - startWork(candidates.length);
  const steps = trainingSteps(settings, data, separateSteps(settings, candidates), work);
  const total = candidates.length * steps;
  let pending: SavedSearch<TrainingState> | undefined = resume?.state.training
    ? { state: resume.state.training, tensors: resume.tensors }
    : undefined;

  for (let number = state.measures.length; number < candidates.length; number++) {
    const activity = `cell ${number + 1} of ${candidates.length}`;
    const genotype = candidates[number];
    const measure = await evaluateGenotype(gpu, data, genotype, {
      ...trainingOf(settings),
      steps,
      number,
      signal,
      onStep: (done) => onProgress?.({ done: number * steps + done, total, activity }),
      save: async (training, tensors) => save?.({ ...state, training }, tensors),
      resume: pending,
    });
    pending = undefined;
    state = { ...state, measures: [...state.measures, measure], training: null };
    const { loss: validationLoss, accuracy: validationAccuracy } = measure;
    log?.({
      event: 'candidate',
      method: 'random',
      number,
      hash: genotype.hash,
      validationLoss,
      validationAccuracy,
    });
    await save?.(state, new Map());
  }
  const outcome = lowestLoss(candidates, state.measures, steps);
  // A search that was over before has said so then.
  if ((resume?.state.measures.length ?? 0) < candidates.length) logCollapse(log, 'random', outcome.winner);
  return outcome;
}

const replay: Replay = (game) => {
  while (game.left > 0) game.ask(game.drawNew());
};

export const randomMethod = defineSearchMethod({
  name: 'random',
  title: 'random search',
  namesSpace: false,
  stateSchema,
  replay,
  run: randomSearch,
});
