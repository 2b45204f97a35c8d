import { classCounts, type NotedDataset } from '../../data/dataset';
import { writeFileAtomic } from '../../data/files.node';
import { loadAny } from '../../data/load.node';
import { type Reporter, reporterFor } from '../progress';
import { contactSheet } from './sheet';

export interface CheckOptions {
  /** Where to draw a contact sheet. */
  readonly sheet?: string;
  readonly json: boolean;
}

/** `taskgrad data check`: what a folder holds, and whether all of it can be read. */
export async function checkDataset(path: string, { sheet, json }: CheckOptions): Promise<void> {
  const { say } = reporterFor({ json });
  const { kind, dataset } = await loadAny(path);
  const { name, train, test, mean, std, notes } = dataset;
  const [trainCounts, testCounts] = [classCounts(train), classCounts(test)];
  const classes = train.classes.map((name, i) => ({ name, train: trainCounts[i], test: testCounts[i] }));
  const total = { train: train.labels.length, test: test.labels.length };
  const found = { path, kind, name, shape: train.shape, mean, std, classes, total, notes };
  say(`${path}: ${name}`, { event: 'dataset', ...found });
  if (!json) describe(say, dataset, [...classes, { name: 'total', ...total }]);
  if (sheet === undefined) return;
  await writeFileAtomic(sheet, await contactSheet(train));
  say(`contact sheet: ${sheet}`, { event: 'sheet', file: sheet });
}

interface Row {
  readonly name: string;
  readonly train: number;
  readonly test: number;
}

function describe(
  say: Reporter['say'],
  { train, mean, std, notes }: NotedDataset,
  rows: readonly Row[],
): void {
  const [channels, height, width] = train.shape;
  const figures = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(', ');
  say(`images: ${channels} x ${height} x ${width} (channels x height x width)`);
  say(`pixels: mean ${figures(mean)}; standard deviation ${figures(std)}`);
  const wide = Math.max(...rows.map(({ name }) => name.length));
  const line = (name: string, train: string, test: string) =>
    say(`  ${name.padEnd(wide)}  ${train.padStart(9)}  ${test.padStart(9)}`);
  line('class', 'train', 'test');
  for (const { name, train, test } of rows) line(name, train.toLocaleString('en'), test.toLocaleString('en'));
  for (const note of notes) say(`note: ${note}`);
}
