import { parseArchitecture } from '../../nas/architecture-text';
import type { Genotype } from '../../nas/genotype';
import type { RoundScores } from '../../nas/own-scores';
import { type Table, TableError } from '../../nas/table/table';
import type { Task } from '../../tasks/task';
import { Random } from '../../tensor/random';
import type { Measure } from '../../training/stats';
import { contestKind } from '../kinds/contest.node';
import { sharedKind } from '../kinds/shared.node';
import { type ContestBudget, type TableBudget, tableBudgetSchema } from '../settings/table-budget';
import { type Experiment, together } from './experiment.node';

/** Which cells of a table are to be judged as a search judges them. */
export interface AgreementOrder {
  readonly target: Task;
  readonly table: Table;
  readonly budget: ContestBudget;
  readonly rounds: number;
  /** Cells of a round. */
  readonly candidates: number;
}

/** What a search says of a table's cells, by their places in it. */
export interface OwnScores {
  readonly rounds: readonly (RoundScores & { readonly places: readonly number[] })[];
  /** Of each cell of the rounds, trained by itself in the same way. */
  readonly alone: ReadonlyMap<number, Measure>;
  /** Of each trained network of the table, with weights that all cells share. */
  readonly shared: ReadonlyMap<number, Measure>;
}

const ORDER = 0x61677265;

/**
 * Has cells of a table compete in rounds of one mixture, trains each by itself, and scores them by shared weights. Which cells
 * compete follows from the seed; of those that are one network there is one.
 * @throws TableError where the table does not say how it was made, or has too few trained networks
 */
export async function agreementPlan(experiment: Experiment, order: AgreementOrder): Promise<OwnScores> {
  const { settings, inputs, job } = experiment;
  const { target, table, budget, candidates } = order;
  const made = budgetOf(table);
  const seed = settings.seed;
  const trained = trainedPlaces(table, target.id);
  const wanted = order.rounds * candidates;
  if (wanted > trained.length) {
    throw new TableError(
      `table agreement: ${order.rounds} rounds of ${candidates} need ${wanted} networks; ${table.data.name} has ${trained.length} that are trained`,
    );
  }
  const drawn = [...new Random(seed, ORDER).permutation(trained.length)].map((i) => trained[i]);
  const of = inputs(target);
  const genotype = (place: number): Genotype => parseArchitecture(table.data.cells[place], made.channels);
  const given = { of, table: made, budget, seed };
  const round = async (number: number) => {
    const places = drawn.slice(number * candidates, (number + 1) * candidates);
    const genotypes = places.map(genotype);
    const label = `round ${number + 1} of ${order.rounds}`;
    const { value } = await job(contestKind, { ...given, genotypes, number: number * candidates }, label);
    return { ...value, places };
  };
  const alone = async (place: number, number: number) => {
    const label = `cell ${number + 1} of ${wanted} alone`;
    const { value } = await job(contestKind, { ...given, genotypes: [genotype(place)], number }, label);
    return [place, value.own[0]] as const;
  };
  const shared = job(sharedKind, { ...given, genotypes: trained.map(genotype) }, 'shared weights');
  const rounds = together(Array.from({ length: order.rounds }, (_, number) => round(number)));
  const single = together(drawn.slice(0, wanted).map(alone));
  await together([shared, rounds, single]);
  const measures = (await shared).value;
  return {
    rounds: await rounds,
    alone: new Map(await single),
    shared: new Map(trained.map((place, i) => [place, measures[i]])),
  };
}

/** Places of the networks that have a test accuracy, one for each network. */
const trainedPlaces = (table: Table, task: string): number[] => {
  const all = table.accuracies({ task });
  return table.networks.filter((place) => !Number.isNaN(all[place]));
};

/** How the table's cells were trained. @throws TableError */
function budgetOf({ data: { name, made } }: Table): TableBudget {
  const budget = tableBudgetSchema.safeParse(made?.budget);
  if (budget.success) return budget.data;
  throw new TableError(
    `table agreement: ${name} does not say how its cells were trained, expected a table of taskgrad table build`,
  );
}
