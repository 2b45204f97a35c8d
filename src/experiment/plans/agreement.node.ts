import { parseArchitecture } from '../../nas/architecture-text';
import type { Genotype } from '../../nas/genotype';
import { nasBench201Space } from '../../nas/nas-bench-201';
import type { RoundScores } from '../../nas/own-scores';
import { type Table, TableError } from '../../nas/table/table';
import type { Task } from '../../tasks/task';
import { Random } from '../../tensor/random';
import type { Measure } from '../../training/stats';
import { contestKind } from '../kinds/contest.node';
import { sharedKind } from '../kinds/shared.node';
import {
  type Arena,
  arenaOf,
  type ContestBudget,
  NAS_BENCH_201_ARENA,
  NAS_BENCH_201_EPOCHS,
} from '../settings/arena';
import { tableBudgetSchema } from '../settings/table-budget';
import { type Experiment, together } from './experiment.node';

/** Which cells of a table are to be judged as a search judges them. */
export interface AgreementOrder {
  /** What the search is for. */
  readonly target: Task;
  readonly table: Table;
  /** The table's name of the task that its accuracies are of. */
  readonly column: string;
  readonly arena: Arena;
  readonly budget: ContestBudget;
  readonly rounds: number;
  /** Cells of a round. */
  readonly candidates: number;
  /** Whether cells are scored by shared weights, too. */
  readonly shared: boolean;
}

/** Cells of a round by their places in the table, and what a search says of them. */
export interface ScoredRound {
  readonly places: readonly number[];
  /** Trained in one mixture, as in FUSE. */
  readonly mixture: RoundScores;
  /** Trained with the same first weights and images, each by its own loss. */
  readonly alone: RoundScores;
}

/** What a search says of a table's cells. */
export interface OwnScores {
  readonly rounds: readonly ScoredRound[];
  /** Of trained networks by their places, with weights that all cells share; nothing where that was not asked for. */
  readonly shared: ReadonlyMap<number, Measure> | undefined;
}

/** In larger tables only the cells of the rounds are scored by shared weights. */
const MOST_SHARED = 1000;
const ORDER = 0x61677265;

/**
 * Has cells of a table compete in rounds of one mixture, trains each by itself, and scores them by shared weights. Which cells
 * compete follows from the seed; of those that are one network there is one.
 * @throws TableError where the table has too few trained networks
 */
export async function agreementPlan(experiment: Experiment, order: AgreementOrder): Promise<OwnScores> {
  const { settings, inputs, job } = experiment;
  const { target, table, column, arena, budget, candidates } = order;
  const seed = settings.seed;
  const trained = trainedPlaces(table, column);
  const wanted = order.rounds * candidates;
  if (wanted > trained.length) {
    throw new TableError(
      `table agreement: ${order.rounds} rounds of ${candidates} need ${wanted} networks; ${table.data.name} has ${trained.length} that are trained`,
    );
  }
  const drawn = [...new Random(seed, ORDER).permutation(trained.length)].map((i) => trained[i]);
  const genotype = (place: number): Genotype => parseArchitecture(table.data.cells[place], arena.channels);
  const given = { of: inputs(target), arena, budget, seed };
  const round = async (number: number): Promise<ScoredRound> => {
    const first = number * candidates;
    const places = drawn.slice(first, first + candidates);
    const contest = { ...given, genotypes: places.map(genotype), number: first };
    const label = `round ${number + 1} of ${order.rounds}`;
    const [mixture, alone] = await together([
      job(contestKind, { ...contest, weightLoss: 'mixture' }, label),
      job(contestKind, { ...contest, weightLoss: 'own' }, `${label}, each alone`),
    ]);
    return { places, mixture: mixture.value, alone: alone.value };
  };
  const scored = trained.length > MOST_SHARED ? drawn.slice(0, wanted) : trained;
  const sharing = { ...given, operations: table.data.space.operations, genotypes: scored.map(genotype) };
  const [rounds, shared] = await together([
    together(Array.from({ length: order.rounds }, (_, number) => round(number))),
    order.shared ? job(sharedKind, sharing, 'shared weights') : Promise.resolve(undefined),
  ]);
  return { rounds, shared: shared && new Map(scored.map((place, i) => [place, shared.value[i]])) };
}

/** Places of the networks that have a test accuracy, one for each network. */
const trainedPlaces = (table: Table, task: string): number[] => {
  const all = table.accuracies({ task });
  return table.networks.filter((place) => !Number.isNaN(all[place]));
};

/**
 * Where the cells of a table compete, for which task, and for how many epochs.
 * @throws TableError where the table is not NAS-Bench-201 and does not say how it was made
 */
export function competitionOf({ data: { name, made, space } }: Table, task: string) {
  if (space.name === nasBench201Space.name) {
    return { arena: NAS_BENCH_201_ARENA, epochs: NAS_BENCH_201_EPOCHS, target: 'cifar10:all' };
  }
  const { success, data } = tableBudgetSchema.safeParse(made?.budget);
  if (success) return { arena: arenaOf(data), epochs: data.epochs, target: task };
  throw new TableError(
    `table agreement: ${name} does not say how its cells were trained, expected a table of taskgrad table build, or NAS-Bench-201`,
  );
}
