import { importNasBench201, writeTable } from '../../nas/table/file.node';
import { Table } from '../../nas/table/table';
import { reporterFor } from '../progress';

export interface ImportOptions {
  readonly out: string;
  readonly json: boolean;
}

/** `taskgrad table import`: a file of others as one of our tables. */
export async function importTable(path: string, { out, json }: ImportOptions): Promise<void> {
  const { say } = reporterFor({ json });
  const data = await importNasBench201(path);
  await writeTable(out, data);
  const table = new Table(data);
  const { size, distinct } = table;
  say(
    `${out}: ${data.name}; ${size.toLocaleString('en')} cells, ${distinct.toLocaleString('en')} different networks`,
    {
      event: 'table',
      file: out,
      name: data.name,
      source: data.source,
      cells: size,
      distinct,
    },
  );
  say(`source: ${data.source}`);
  for (const { task, split } of data.columns) {
    const figures = columnFigures(table, { task, split });
    const { least, mean, most, best } = figures;
    const words = [least, mean, most].map((value) => value.toFixed(3));
    say(`  ${task} ${split}: ${words[0]} to ${words[2]} %, mean ${words[1]}; best ${best}`, {
      event: 'column',
      task,
      split,
      ...figures,
    });
  }
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
