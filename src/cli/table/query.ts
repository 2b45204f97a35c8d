import type { TableSplit } from '../../nas/table/data';
import { readTable } from '../../nas/table/file.node';
import { type Table, TableError } from '../../nas/table/table';
import { reporterFor } from '../progress';
import { describeTable, type Query, type Say } from './describe';

export interface QueryOptions {
  readonly task?: string;
  readonly split: TableSplit;
  /** How many of the best cells are named where none is asked for. */
  readonly top: number;
  readonly json: boolean;
}

/** `taskgrad table query`: what a table says of a cell, or which of its cells are best. */
export async function queryTable(
  path: string,
  cell: string | undefined,
  { task, split, top, json }: QueryOptions,
): Promise<void> {
  const { say } = reporterFor({ json });
  const table = await readTable(path);
  const query = { task: task ?? table.data.columns[0].task, split };
  if (cell === undefined) {
    describeTable(say, table, query);
    sayBest(say, table, query, top);
  } else describeCell(say, table, query, cell);
}

function sayBest(say: Say, table: Table, query: Query, top: number): void {
  const all = table.accuracies(query);
  const order = Array.from(all.keys())
    .filter((place) => !Number.isNaN(all[place]))
    .sort((a, b) => all[b] - all[a]);
  for (const place of order.slice(0, top)) {
    const cell = table.data.cells[place];
    say(`  ${all[place].toFixed(3)} %  ${cell}`, { event: 'cell', ...query, cell, accuracy: all[place] });
  }
}

function describeCell(say: Say, table: Table, query: Query, cell: string): void {
  const row = table.lookup(cell);
  if (!row)
    throw new TableError(
      `table query: ${table.data.name} has no cell '${cell}'; see its best ones without a cell`,
    );
  const rank = table.rank(cell, query);
  const regret = table.regret(cell, query);
  say(
    `${cell}: rank ${rank} of ${table.distinct} networks, ${regret.toFixed(3)} points below the best on ${query.task} ${query.split}`,
    {
      event: 'cell',
      ...query,
      ...row,
      rank,
      regret,
    },
  );
  if (row.parameters !== undefined) say(`  parameters: ${row.parameters.toLocaleString('en')}`);
  for (const { task, split, seeds } of row.accuracy)
    say(`  ${task} ${split}: ${seeds.map((value) => value.toFixed(3)).join(', ') || 'none'} %`);
}
