import type { Nodes } from '../../nas/edges';
import { TABLE_FORMAT, type TableColumn, type TableData, type TableSplit } from '../../nas/table/data';
import { type CellSpace, cellSpace } from '../../nas/table/networks';
import type { Task } from '../../tasks/task';
import { Random } from '../../tensor/random';
import { VERSION } from '../../version';
import { adapterKind } from '../kinds/adapter';
import { type Row, rowKind } from '../kinds/row.node';
import { wholeSpace } from '../scene/search-data';
import type { TableBudget } from '../settings/table-budget';
import { type Experiment, together } from './experiment.node';

/** A table of the cells of a space to make. */
export interface TableOrder {
  readonly target: Task;
  readonly nodes: Nodes;
  readonly budget: TableBudget;
  /** How many different networks are trained, in an order that follows from the seed; default: all. */
  readonly networks?: number;
  /** How many of them are trained under several seeds. */
  readonly repeated: number;
  /** Under how many. */
  readonly seeds: number;
}

/** A trained network of a table. */
interface Trained {
  /** Place among the space's networks. */
  readonly network: number;
  /** Place among the seeds. */
  readonly seed: number;
  readonly row: Row;
}

const ORDER = 0x7461626c;
/** What the last node of a lone cell does, whose nodes the head sees beside each other. */
const JOINS = 'concatenates';

/**
 * Trains all cells of a space from scratch, those that are the same network once, and some of them under several seeds. A table
 * of what is there is kept also when the rest is interrupted or fails.
 */
export async function tablePlan(
  experiment: Experiment,
  order: TableOrder,
  keep: (table: TableData) => Promise<void>,
): Promise<void> {
  const { settings, inputs, job } = experiment;
  const { target, budget } = order;
  const space = spaceOf(experiment, order);
  const drawn = new Random(settings.seed, ORDER)
    .permutation(space.networks.length)
    .slice(0, order.networks ?? space.networks.length);
  const { value: adapter } = await job(adapterKind, {});
  const of = inputs(target);
  const rows: Trained[] = [];
  const train = async (network: number, seed: number, label: string): Promise<void> => {
    const { genotype } = space.networks[network];
    const { value } = await job(rowKind, { of, genotype, budget, seed: settings.seed + seed }, label);
    rows.push({ network, seed, row: value });
  };
  try {
    await together(
      Array.from({ length: order.seeds }, (_, seed) => {
        const some = seed === 0 ? drawn : drawn.slice(0, order.repeated);
        return [...some].map((network, i) =>
          train(network, seed, `cell ${i + 1} of ${some.length}, seed ${settings.seed + seed}`),
        );
      }).flat(),
    );
  } finally {
    if (rows.length > 0) await keep(tableOf(experiment, order, space, rows, adapter.description));
  }
}

const spaceOf = ({ settings }: Experiment, { nodes, budget }: TableOrder): CellSpace =>
  cellSpace(wholeSpace(settings.protocol).operations, nodes, budget.channels, JOINS);

function tableOf(
  { settings }: Experiment,
  { target, nodes, budget, seeds }: TableOrder,
  { cells, networks }: CellSpace,
  rows: readonly Trained[],
  adapter: string,
): TableData {
  const { name, operations } = wholeSpace(settings.protocol);
  const used = Array.from({ length: seeds }, (_, i) => i).filter((i) => rows.some(({ seed }) => seed === i));
  const column = (split: TableSplit): TableColumn => ({
    task: target.id,
    split,
    accuracy: used.map((seed) => {
      const own = new Array<number | null>(cells.length).fill(null);
      for (const { network, row } of rows.filter((trained) => trained.seed === seed))
        for (const place of networks[network].places) own[place] = percent(row[split]);
      return own;
    }),
  });
  const sizes = new Array<number | undefined>(cells.length).fill(undefined);
  for (const { network, row } of rows)
    for (const place of networks[network].places) sizes[place] = row.parameters;
  const parameters = sizes.filter((size) => size !== undefined);
  const gpuSeconds = rows.reduce((sum, { row }) => sum + row.gpuSeconds, 0);
  return {
    format: TABLE_FORMAT,
    name: `cells of ${nodes} nodes, ${target.name}`,
    source: 'taskgrad table build',
    made: { adapter, version: VERSION, budget: definedOnly(budget), gpuSeconds: Math.round(gpuSeconds) },
    space: { name, operations, nodes, joins: JOINS },
    cells,
    ...(parameters.length === cells.length && { parameters }),
    seeds: used.map((seed) => settings.seed + seed),
    columns: [column('validation'), column('test')],
  };
}

/** Of accuracies over at most some thousand images, all digits that say something. */
const percent = (share: number): number => Math.round(1e5 * share) / 1e3;

const definedOnly = (budget: TableBudget): Record<string, number | string> =>
  Object.fromEntries(Object.entries(budget).filter(([, value]) => value !== undefined));
