import type { Gpu } from '../../tensor/gpu';
import type { Random } from '../../tensor/random';
import type { Measure } from '../../training/stats';
import { drawsReduction } from '../backbone';
import { searchBudget, separateSteps, startWork, trainingSteps, trainingWork } from '../budget';
import { logCollapse } from '../collapse';
import { averageStepCost } from '../cost';
import { evaluateGenotype, type TrainingState } from '../evaluate-genotype';
import { drawGenotype, type EdgeOperations, type Genotype, makeGenotype } from '../genotype';
import { checkSearch } from '../guard';
import type { Replay } from '../replay/game';
import type { SearchOutcome } from '../round';
import { checkSettings, type SavedSearch, type SearchState } from '../search-state';
import { randomFor } from '../seeds';
import { completeSettings, type FullSettings, type SearchData, settingsRecord } from '../settings';
import { defineSearchMethod, type MethodOptions, type StateSchema } from './method';
import { lowestLoss, trainingOf } from './one-by-one';

/** Cells that live at a time, and how many of them compete to have a child: as NAS-Bench-201 has it. */
const [POPULATION, RIVALS] = [10, 3];
/** Children drawn until one is new. */
const MOST_DRAWS = 200;

/** Where evolution stands: the cell after the last of `measures` is in training. */
export interface EvolutionState extends SearchState<'evolution'> {
  /** All cells that were tried, the oldest first, and the one that is in training. */
  readonly cells: readonly Genotype[];
  /** Of those that were trained. */
  readonly measures: readonly Measure[];
  /** Of the cell that is in training; null between two. */
  readonly training: TrainingState | null;
}

const stateSchema: StateSchema<EvolutionState> = ({ z, ...parts }) =>
  parts.searchState('evolution', {
    cells: z.array(parts.genotypeSchema),
    measures: z.array(parts.measureSchema),
    training: parts.trainingStateSchema.nullable(),
  });

/** `save` is called after every cell, and when interrupted. */
export type EvolutionOptions = MethodOptions<EvolutionState>;

/**
 * Regularised evolution (Real et al. 2019, "Regularized evolution for image classifier architecture search") on FUSE's
 * budget. Ten cells are drawn, or half of what the budget pays where that is less. Then the best of three of the living
 * ones has a child with another operation on one edge, which takes the oldest's place. Each cell is trained by itself, by
 * as many steps as the budget pays average cells, until it is spent, so that more of cheap cells are tried. Cells are
 * scored as FUSE's candidates are, and the lowest validation loss is best.
 * @throws SearchSpaceError, StrayLabelError, NanLossError, InterruptedError (after saving), SearchStateError
 * @example
 * ```ts
 * const set = data.fromArrays({ inputs: new Float32Array(64), labels: [0, 1, 0, 1], shape: [1, 4, 4] });
 * const [train, validation] = data.split(set, [0.5, 0.5], { seed: 1 });
 * const images = new data.DeviceSamples(gpu, set);
 * const { winner } = await nas.evolution(gpu, { images, train, validation, classes: 2 }, {
 *   space: { name: 'mine', operations: ['skip_connect', 'max_pool_3x3'], reason: 'as small as can be' },
 *   ...{ nodes: 3, channels: 1, candidates: 2, batchSize: 2, seed: 0 },
 *   ...{ rounds: 1, stages: 1, weightEpochs: 1, alphaEpochs: 1 },
 * });
 * Object.keys(winner.edges).sort(); // → ['01', '02', '12']
 * ```
 */
export async function evolution(
  gpu: Gpu,
  data: SearchData,
  options: EvolutionOptions,
): Promise<SearchOutcome> {
  checkSearch('evolution', gpu, data, options);
  const { signal, onProgress, log, save, resume } = options;
  const settings = completeSettings(options, data);
  const record = settingsRecord(settings, data);
  if (resume) checkSettings(resume.state.settings, record);
  const { networks, steps, pays } = expenses(settings, data);
  let state: EvolutionState = resume?.state ?? {
    method: 'evolution',
    settings: record,
    cells: [],
    measures: [],
    training: null,
  };
  let pending: SavedSearch<TrainingState> | undefined = resume?.state.training
    ? { state: resume.state.training, tensors: resume.tensors }
    : undefined;
  let isTrained = false;

  for (;;) {
    const number = state.measures.length;
    const genotype = state.cells[number] ?? nextCell(state, settings, networks);
    if (!genotype || (number > 0 && !pays([...state.cells.slice(0, number), genotype]))) break;
    isTrained = true;
    state = { ...state, cells: [...state.cells.slice(0, number), genotype] };
    const total = Math.max(networks, number + 1) * steps;
    const measure = await evaluateGenotype(gpu, data, genotype, {
      ...trainingOf(settings),
      steps,
      number,
      signal,
      onStep: (done) => onProgress?.({ done: number * steps + done, total, activity: `cell ${number + 1}` }),
      save: async (training, tensors) => save?.({ ...state, training }, tensors),
      resume: pending,
    });
    pending = undefined;
    state = { ...state, measures: [...state.measures, measure], training: null };
    const { loss: validationLoss, accuracy: validationAccuracy } = measure;
    const facts = { number, hash: genotype.hash, validationLoss, validationAccuracy };
    log?.({ event: 'candidate', method: 'evolution', ...facts });
    await save?.(state, new Map());
  }
  const outcome = lowestLoss(state.cells.slice(0, state.measures.length), state.measures, steps);
  if (isTrained) logCollapse(log, 'evolution', outcome.winner);
  return outcome;
}

/** Networks and steps that the budget pays if cells are average ones, and whether it pays those that were drawn. */
function expenses(settings: FullSettings, data: SearchData) {
  const { networks, work } = searchBudget(settings, data);
  const average = networks * averageStepCost(1, settings.nodes, settings.backbone);
  const steps = trainingSteps(settings, data, average, work - startWork(networks));
  const pays = (cells: readonly Genotype[]) =>
    startWork(cells.length) + trainingWork(settings, data, separateSteps(settings, cells), steps) <= work;
  return { networks, steps, pays };
}

/** A cell that was not tried before; undefined where none was found. */
function nextCell(
  { cells, measures }: EvolutionState,
  settings: FullSettings,
  networks: number,
): Genotype | undefined {
  const { nodes, channels, space, seed, backbone } = settings;
  const { operations, draws = operations } = space;
  const random = randomFor(seed, 'genotypes', measures.length);
  const known = new Set(cells.map(({ hash }) => hash));
  const size = Math.max(1, Math.min(POPULATION, Math.floor(networks / 2)));
  for (let tried = 0; tried < MOST_DRAWS; tried++) {
    const genotype =
      measures.length < size
        ? drawGenotype(draws, random, nodes, channels, drawsReduction(backbone))
        : childOf(parentOf(cells, measures, size, random), operations, random);
    if (!known.has(genotype.hash)) return genotype;
  }
  return undefined;
}

/** The best of three of the youngest `size` cells, drawn with repeats. */
function parentOf(
  cells: readonly Genotype[],
  measures: readonly Measure[],
  size: number,
  random: Random,
): Genotype {
  const drawn = Array.from({ length: RIVALS }, () => measures.length - 1 - random.int(size));
  return cells[drawn.reduce((a, b) => (measures[b].loss < measures[a].loss ? b : a))];
}

/** The same cell with another operation on one edge. */
function childOf(parent: Genotype, operations: readonly string[], random: Random): Genotype {
  const { nodes, channels, edges, reduction } = parent;
  const names = Object.keys(edges);
  const place = random.int(reduction ? 2 * names.length : names.length);
  const edge = names[place % names.length];
  const changed = (cell: EdgeOperations): EdgeOperations => {
    const others = operations.filter((name) => name !== cell[edge]);
    return others.length > 0 ? { ...cell, [edge]: others[random.int(others.length)] } : cell;
  };
  return place < names.length
    ? makeGenotype(nodes, channels, changed(edges), reduction)
    : makeGenotype(nodes, channels, edges, reduction && changed(reduction));
}

const replay: Replay = (game) => {
  const living: { cell: number; accuracy: number }[] = [];
  while (game.left > 0) {
    const rivals = Array.from({ length: RIVALS }, () => living[game.random.int(Math.max(1, living.length))]);
    const cell =
      living.length < POPULATION
        ? game.draw()
        : game.mutate(rivals.reduce((a, b) => (b.accuracy > a.accuracy ? b : a)).cell);
    if (living.length === POPULATION) living.shift();
    living.push({ cell, accuracy: game.ask(cell) });
  }
};

export const evolutionMethod = defineSearchMethod({
  name: 'evolution',
  title: 'evolution',
  namesSpace: false,
  stateSchema,
  replay,
  run: evolution,
});
