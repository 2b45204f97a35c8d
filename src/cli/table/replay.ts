import { writeFileAtomic } from '../../data/files.node';
import type { SearchMethodName } from '../../nas/methods/table';
import { nasBench201Space } from '../../nas/nas-bench-201';
import type { Replayed } from '../../nas/replay/replay';
import { readTable } from '../../nas/table/file.node';
import { endOf, isSurely, PUBLISHED_ORDER, regretShares, replays } from '../../report/replays';
import { columns, tableText } from '../../report/table';
import { reporterFor } from '../progress';

export interface ReplayCommandOptions {
  readonly methods?: readonly SearchMethodName[];
  readonly queries: number;
  readonly seeds: number;
  readonly seed: number;
  readonly task?: string;
  /** Path of a JSON file of all figures. */
  readonly out?: string;
  readonly json: boolean;
}

/** Of a curve, so many queries are printed: each about twice the one before. */
const SHOWN = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/** `taskgrad table replay`: replays search methods on a table many times, and prints regret and rank against queries. */
export async function replayTable(
  path: string,
  { methods, queries, seeds, seed, task, out, json }: ReplayCommandOptions,
): Promise<void> {
  const { say } = reporterFor({ json });
  const table = await readTable(path);
  const of = task ?? table.data.columns[0].task;
  const begun = performance.now();
  const all = replays(table, { methods, queries, seeds, seed, task: of });
  const seconds = (performance.now() - begun) / 1000;
  const { name } = table.data;
  say(
    `${all.length * seeds} searches of ${queries} queries on ${name}, task ${of}, in ${seconds.toFixed(1)} s`,
    { event: 'replayed', table: name, task: of, queries, seeds, seconds, methods: all },
  );
  if (!json) say(tableText(curvesTable(all, queries)));
  say(orderOf(all, queries), { event: 'order', order: all.map(({ method }) => method) });
  if (table.data.space.name === nasBench201Space.name) say(besidePublished(all));
  if (out === undefined) return;
  const regret = regretShares(all);
  await writeFileAtomic(out, JSON.stringify({ table: name, task: of, seeds, queries, regret, methods: all }));
  say(`all figures are in ${out}`, { event: 'written', file: out });
}

function curvesTable(all: readonly Replayed[], queries: number) {
  const shown = [...SHOWN.filter((count) => count < queries), queries];
  const range = (mean: number, [low, high]: readonly [number, number], digits: number) =>
    `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
  return {
    columns: columns('#Queries', ...all.flatMap(({ method }) => [`#${method}: regret`, '#rank'])),
    rows: shown.map((count) => [
      String(count),
      ...all.flatMap(({ curve }) => {
        const { mean, ci, rank, rankCi } = curve[count - 1];
        return [range(mean, ci, 2), range(rank, rankCi, 1)];
      }),
    ]),
  };
}

/** The order after the last query; 'about as good as' where two intervals meet. */
function orderOf(all: readonly Replayed[], queries: number): string {
  const words = all.map((one, i) => {
    const { mean } = endOf(one);
    const own = `${one.method} (${mean.toFixed(2)} points)`;
    if (i === 0) return own;
    return `${isSurely(all[i - 1], one) ? 'ahead of' : 'about as good as'} ${own}`;
  });
  return `after ${queries} queries: ${words.join(', ')}`;
}

function besidePublished(all: readonly Replayed[]): string {
  const own = all
    .map(({ method }) => method)
    .filter((method) => PUBLISHED_ORDER.some((name) => name === method));
  const isSame = own.join() === PUBLISHED_ORDER.filter((name) => own.includes(name)).join();
  const order = PUBLISHED_ORDER.join(' ahead of ');
  return `published order on NAS-Bench-101 (White et al., 150 evaluations): ${order}; here it is ${isSame ? 'the same' : 'another'}`;
}
