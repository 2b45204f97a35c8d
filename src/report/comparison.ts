import { grouped } from './grouped';
import { PUBLISHED_TABLES, type PublishedTable } from './published';
import type { PublishedRow, Results, TableRow } from './results';
import type { SearchedWith } from './seed-spread';
import { type Spread, spreadOf } from './statistics/spread';

/** What was measured here for one line, over the seeds of all runs. */
export interface Measured {
  /** As its run calls it: 'FUSE task-aware', 'resnet18 × 0.25'. */
  readonly architecture: string;
  readonly preset: string;
  /** Id of the target task. */
  readonly target?: string;
  readonly seeds: number;
  readonly errorPercent: Spread;
  readonly parametersM: number | null;
  /** How many of the parameters are the head's, a share; null in older results. */
  readonly headShare: number | null;
  /** Mean over the seeds. */
  readonly gpuSeconds: number | null;
}

/** One line of a comparison: published, measured, or both. What was not run has nothing in `measured`. */
export type ComparedRow =
  | { readonly published: PublishedRow; readonly measured?: Measured }
  | { readonly published?: undefined; readonly measured: Measured };

export interface Comparison extends Omit<PublishedTable, 'rows'> {
  readonly rows: readonly ComparedRow[];
  /** What the measured lines leave out against the paper's, and what their parameters are, by the preset that they were run with. */
  readonly notes: readonly string[];
}

/** What the papers call the rows of our tables, where they have other names for them. */
const PUBLISHED_NAMES: Readonly<Record<string, readonly string[]>> = {
  'FUSE task-aware': ['FUSE task-aware', 'LD-NAS (task-aware)'],
  vgg16: ['VGG-16'],
  resnet18: ['ResNet-18'],
  resnet34: ['ResNet-34'],
  densenet121: ['DenseNet-121'],
  densenet161: ['DenseNet-161'],
};

/** The published tables, each with what runs on its task have measured beside it. */
export function compareWithPublished(runs: readonly Results[]): Comparison[] {
  return PUBLISHED_TABLES.map((table) => {
    const own = latest(runs.filter((run) => targetOf(run) === table.target));
    return { ...table, rows: besides(table.rows, measuredIn(own)), notes: notesOn(own) };
  });
}

/** The task that a run's table is about. Older results name it only in their searches. */
export const targetOf = ({ target, search }: Results): string | undefined => target ?? search.at(0)?.target;

/** Of runs with one preset and one seed the one that began last: the others are not further seeds. */
function latest(runs: readonly Results[]): Results[] {
  const inOrder = [...runs].sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return [...new Map(inOrder.map((run) => [`${run.preset} ${run.seed}`, run])).values()];
}

/** What single searches of a run are printed beside. */
export const searchedWith = (results: Results): SearchedWith => ({
  preset: results.preset,
  protocol: results.protocol,
  target: targetOf(results),
});

function besides(published: readonly PublishedRow[], measured: readonly Measured[]): ComparedRow[] {
  const isOf = (one: Measured, { architecture }: PublishedRow) => {
    // A width in the name, as in 'vgg16 × 0.5', does not count.
    const [name] = one.architecture.split(' × ');
    return (PUBLISHED_NAMES[name] ?? [name]).includes(architecture);
  };
  const both = published.flatMap((row): ComparedRow[] => {
    const ours = measured.filter((one) => isOf(one, row));
    return ours.length > 0 ? ours.map((one) => ({ published: row, measured: one })) : [{ published: row }];
  });
  const others = measured.filter((one) => !published.some((row) => isOf(one, row)));
  return [...both, ...others.map((one) => ({ measured: one }))];
}

/** The rows that were run, those of one architecture and preset over all runs together. */
function measuredIn(runs: readonly Results[]): Measured[] {
  const all = runs.flatMap((run) =>
    run.table.map((row) => ({ ...row, preset: run.preset, target: targetOf(run) })),
  );
  const done = all.filter(({ testErrorPercent }) => testErrorPercent !== null);
  const groups = grouped(done, ({ architecture, preset }) => JSON.stringify([architecture, preset]));
  return groups.map((rows) => ({
    architecture: rows[0].architecture,
    preset: rows[0].preset,
    target: rows[0].target,
    ...errorOver(rows),
    parametersM: meanOf(present(rows, 'parametersM')),
    headShare: headShareOf(rows),
    gpuSeconds: meanOf(present(rows, 'gpuSeconds')),
  }));
}

/** The errors of several runs, or of one run that has several seeds itself. */
function errorOver(rows: readonly TableRow[]): Pick<Measured, 'seeds' | 'errorPercent'> {
  const errorPercent = spreadOf(present(rows, 'testErrorPercent'));
  const [{ seeds, errorSd }] = rows;
  if (rows.length > 1 || seeds === undefined) return { seeds: rows.length, errorPercent };
  return { seeds, errorPercent: { ...errorPercent, sd: errorSd ?? 0 } };
}

const present = (rows: readonly TableRow[], key: 'testErrorPercent' | 'parametersM' | 'gpuSeconds') =>
  rows.flatMap(({ [key]: value }) => value ?? []);

/** Of the parameters of all rows together. */
function headShareOf(rows: readonly TableRow[]): number | null {
  const known = rows.filter(({ headM, parametersM }) => headM !== undefined && parametersM);
  const sum = (values: readonly (number | null | undefined)[]) =>
    values.reduce<number>((total, value) => total + (value ?? 0), 0);
  if (known.length === 0) return null;
  return sum(known.map(({ headM }) => headM)) / sum(known.map(({ parametersM }) => parametersM));
}

const meanOf = (values: readonly number[]) => (values.length > 0 ? spreadOf(values).mean : null);

function notesOn(runs: readonly Results[]): string[] {
  return grouped(runs, ({ preset }) => preset).map((own) => {
    const [{ preset, cutDown }] = own.toReversed();
    const cut = cutDown.length > 0 ? cutDown.join('; ') : 'nothing was cut down';
    return `preset ${preset}: ${[cut, ...headNote(own)].join('. ')}`;
  });
}

/** What the searched cells' parameters are: beside a published number they are easily misread. */
function headNote(runs: readonly Results[]): string[] {
  const share = headShareOf(runs.flatMap(({ table }) => table).filter(({ kind }) => kind === 'search'));
  if (share === null) return [];
  return [
    `Of the searched networks’ parameters ${percentOf(share)} are the linear head’s, not the cells’; the papers print the sum alone`,
  ];
}

/** '99 %', and above that '99.9 %': a rounded 100 would say that there is nothing else. */
export const percentOf = (share: number): string =>
  `${(100 * share).toFixed(share > 0.99 && share < 1 ? 1 : 0)} %`;
