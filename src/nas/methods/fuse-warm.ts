import type { Gpu } from '../../tensor/gpu';
import { checkAll, oneOf, optional } from '../../tensor/guard';
import { BatchFeed } from '../../training/batch-feed';
import { InterruptedError } from '../../training/errors';
import { searchBudget, startWork } from '../budget';
import { stepCost } from '../cost';
import { freshNetwork } from '../fresh-network';
import type { Genotype } from '../genotype';
import { checkSearch } from '../guard';
import type { SearchOutcome } from '../round';
import { scores } from '../scores/score';
import { SCORE_NAMES, SCORES, type ScoreName } from '../scores/table';
import { checkSettings, type SavedSearch, type SearchState } from '../search-state';
import { randomFor, seedFor } from '../seeds';
import { completeSettings, type FullSettings, type SearchData, settingsRecord } from '../settings';
import { cellsIn, drawDistinct } from '../space';
import { fuseFrom } from './fuse';
import { type FuseState, stateSchema as fuseSchema } from './fuse-state';
import { defineSearchMethod, type MethodOptions, type StateSchema } from './method';

/** Cells that are scored for each network that FUSE trains. */
const POOL = 4;
/** Of all scores it orders 300 cells of NAS-Bench-201 best, and better than the plain numbers do. */
const DEFAULT_SCORE: ScoreName = 'jacobian-covariance';
/** What the scored batch and the scored networks' weights are drawn by: numbers that a search does not come to. */
const [BATCH, WEIGHTS] = [0xffff, 0xf000];

/** Where warm-started FUSE stands: it scores cells, then it is FUSE. */
export interface WarmFuseState extends SearchState<'fuse-warm'> {
  /** Cells that are scored, in the order that they were drawn. */
  readonly pool: readonly Genotype[];
  /** Scores of the first of them; null stands for −∞. */
  readonly scores: readonly (number | null)[];
  /** Where FUSE stands; null before it begins. */
  readonly fuse: FuseState | null;
}

const stateSchema: StateSchema<WarmFuseState> = ({ z, ...parts }) =>
  parts.searchState('fuse-warm', {
    pool: z.array(parts.genotypeSchema).min(1),
    scores: z.array(z.number().nullable()),
    fuse: fuseSchema({ z, ...parts }).nullable(),
  });

/** `save` is called when all cells are scored, then as by FUSE, and when interrupted. */
export type WarmFuseOptions = MethodOptions<WarmFuseState>;

/**
 * FUSE whose rounds meet the best cells by a score without training (`score` of the settings, see `SCORES`), the best
 * first, of four times as many drawn ones as FUSE trains networks. What the scores cost comes off the budget.
 * @throws as `fuse`; ArgumentError on a score that nobody knows
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * const { winner } = await nas.warmFuse(gpu, { images, train, validation, classes: 2 }, {
 *   space: { name: 'mine', operations: ['skip_connect', 'max_pool_3x3'], reason: 'as small as can be' },
 *   ...{ nodes: 3, channels: 1, candidates: 2, batchSize: 2, seed: 0, score: 'snip' },
 *   ...{ rounds: 1, stages: 1, weightEpochs: 1, alphaEpochs: 1 },
 * });
 * Object.keys(winner.edges).sort(); // → ['01', '02', '12']
 * ```
 */
export async function warmFuse(gpu: Gpu, data: SearchData, options: WarmFuseOptions): Promise<SearchOutcome> {
  checkSearch('warmFuse', gpu, data, options);
  checkAll('warmFuse', { score: [options.score, optional(oneOf(...SCORE_NAMES))] });
  const kind = options.score ?? DEFAULT_SCORE;
  const settings = completeSettings({ ...options, score: kind }, data);
  const { resume, save, ...given } = options;
  const own = settingsRecord(settings, data);
  if (resume) checkSettings(resume.state.settings, own);
  let state: WarmFuseState = resume?.state ?? {
    method: 'fuse-warm',
    settings: own,
    pool: poolOf(settings, data),
    scores: [],
    fuse: null,
  };
  if (state.scores.length < state.pool.length) {
    state = await scored(gpu, data, { ...options, save }, settings, state, kind);
    await save?.(state, new Map());
  }
  const { pool, scores, fuse } = state;
  const spent = pool.reduce((sum, cell) => sum + scoringWork(cell, settings, kind), 0);
  const asFuse: SavedSearch<FuseState> | undefined =
    fuse && resume ? { state: fuse, tensors: resume.tensors } : undefined;
  return fuseFrom(
    gpu,
    data,
    {
      ...given,
      score: kind,
      resume: asFuse,
      save: async (now, tensors) => save?.({ ...state, fuse: now }, tensors),
    },
    { cells: byScore(pool, scores), spent },
  );
}

function poolOf(settings: FullSettings, data: SearchData): Genotype[] {
  const { space, seed } = settings;
  const count = Math.min(POOL * searchBudget(settings, data).networks, cellsIn(space, settings));
  return drawDistinct(space, settings, count, randomFor(seed, 'genotypes', BATCH));
}

/** Work of making a network and scoring it. */
const scoringWork = (cell: Genotype, { backbone }: FullSettings, kind: ScoreName): number =>
  startWork(1) + SCORES[kind].steps * stepCost([cell], backbone);

/** The best first; of equal ones the one that was drawn first. */
function byScore(pool: readonly Genotype[], scores: readonly (number | null)[]): Genotype[] {
  const scoreOf = (place: number) => scores[place] ?? Number.NEGATIVE_INFINITY;
  return [...pool.keys()]
    .sort((a, b) => Number(scoreOf(b) > scoreOf(a)) - Number(scoreOf(b) < scoreOf(a)) || a - b)
    .map((place) => pool[place]);
}

/** The state with all cells scored. @throws InterruptedError after saving */
async function scored(
  gpu: Gpu,
  data: SearchData,
  { signal, onProgress, log, save }: WarmFuseOptions,
  { batchSize, seed, backbone, head }: FullSettings,
  begun: WarmFuseState,
  kind: ScoreName,
): Promise<WarmFuseState> {
  let state = begun;
  const { pool } = state;
  const feed = new BatchFeed(data.images, data.train, { batchSize, seed: seedFor(seed, 'order', BATCH) });
  feed.seek(0);
  const { inputs, labels } = gpu.scope(() => feed.batch());
  try {
    for (let place = state.scores.length; place < pool.length; place++) {
      const network = freshNetwork(gpu, pool[place], data, { seed, number: WEIGHTS + place, backbone, head });
      const { [kind]: score } = await scores(network, { inputs, labels }, [kind]).finally(() =>
        network.dispose(),
      );
      state = { ...state, scores: [...state.scores, Number.isFinite(score) ? score : null] };
      log?.({ event: 'score', method: 'fuse-warm', score: kind, hash: pool[place].hash, value: score });
      const [done, total] = [place + 1, pool.length];
      onProgress?.({ done, total, activity: `${SCORES[kind].title} of cell ${done} of ${total}` });
      if (!signal?.aborted) continue;
      await save?.(state, new Map());
      throw new InterruptedError();
    }
    return state;
  } finally {
    feed.dispose();
    inputs.dispose();
    labels.dispose();
  }
}

export const warmFuseMethod = defineSearchMethod({
  name: 'fuse-warm',
  title: 'warm-started FUSE',
  namesSpace: false,
  stateSchema,
  run: warmFuse,
});
