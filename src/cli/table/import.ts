import { importNasBench201, writeTable } from '../../nas/table/file.node';
import { Table } from '../../nas/table/table';
import { reporterFor } from '../progress';
import { columnFigures } from './describe';

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
