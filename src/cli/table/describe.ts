import type { TableSplit } from '../../nas/table/data';
import type { Table } from '../../nas/table/table';
import { seedNoise } from '../../report/seed-noise';
import type { Reporter } from '../progress';

export type Say = Reporter['say'];

/** Which accuracies of a table are meant. */
export interface Query {
  readonly task: string;
  readonly split: TableSplit;
}

/** Says what a table is, how it came about, and how far its figures reach on one task. */
export function describeTable(say: Say, table: Table, query: Query): void {
  const { name, source, made, seeds = [], columns } = table.data;
  const columnNames = columns.map(({ task, split }) => `${task} ${split}`);
  say(`${name}: ${table.size} cells, ${table.distinct} different networks (${source})`, {
    event: 'table',
    name,
    source,
    cells: table.size,
    distinct: table.distinct,
    columns: columnNames,
    ...(made && { made }),
  });
  if (made) {
    const budget = Object.entries(made.budget).map(([name, value]) => `${name} ${value}`);
    say(`trained on ${made.adapter} by taskgrad ${made.version} in ${made.gpuSeconds} GPU s`);
    say(`budget: ${budget.join(', ')}; seeds ${seeds.join(', ')}`);
  }
  say(`columns: ${columnNames.join(', ')}`);
  const all = table.accuracies(query);
  const trained = table.networks.filter((place) => !Number.isNaN(all[place])).length;
  if (trained < table.distinct)
    say(`${trained} of the ${table.distinct} networks are trained so far`, { event: 'part', trained });
  const { least, mean, most } = columnFigures(table, query);
  say(`${query.task} ${query.split}: ${least.toFixed(3)} to ${most.toFixed(3)} %, mean ${mean.toFixed(3)}`);
  const noise = seedNoise(table, query);
  if (!noise) return;
  const { networks, within, between, tau } = noise;
  say(
    `seeds of a network differ by ${within.toFixed(2)} points (sd, ${networks} networks), networks by ${between.toFixed(2)}; τ between two seeds ${tau?.toFixed(2)}`,
    { event: 'noise', ...query, ...noise },
  );
}

/** Smallest, mean and largest percentage of a column, and the best cell. */
export function columnFigures(table: Table, query: Parameters<Table['accuracies']>[0]) {
  const all = table.accuracies(query);
  let [least, most, sum, count, best] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (const [place, value] of all.entries()) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
    least = Math.min(least, value);
    if (value > most) [most, best] = [value, place];
  }
  return { least, mean: sum / count, most, best: table.data.cells[best], cells: count };
}
