import { grouped } from '../../report/grouped';
import type { Cost, Search, TableRow, Training, Unsearched } from '../../report/results';
import { spreadOf } from '../../report/statistics/spread';

/** What has rows in the table. */
export interface Tried {
  readonly search: Search[];
  readonly unsearched: Unsearched[];
  /** Hand-made networks, trained on the final budget. */
  readonly baselines: Training[];
}

/**
 * Searches first, then cells without a search, then hand-made networks. What was tried under several seeds is one row, with
 * the mean and the spread over them.
 * @param all what was tried under each seed
 */
export function tableOf(all: readonly Tried[]): TableRow[] {
  const unsearched = all.flatMap((tried) => tried.unsearched);
  const drawn = unsearched.filter(({ rule }) => rule === 'drawn');
  const chosen = unsearched.filter(({ rule }) => rule !== 'drawn');
  return [
    ...overSeeds(all.flatMap(({ search }) => search.map(searchRow))),
    ...(drawn.length > 0 ? [drawnRow(drawn)] : []),
    ...overSeeds(chosen.map(chosenRow)),
    ...overSeeds(all.flatMap(({ baselines }) => baselines.map(handMadeRow))),
  ];
}

const overSeeds = (rows: readonly TableRow[]): TableRow[] =>
  grouped(rows, ({ architecture }) => architecture).map((own) => (own.length === 1 ? own[0] : meanRow(own)));

/** The row of one architecture under several seeds. */
function meanRow(rows: readonly TableRow[]): TableRow {
  const [{ architecture, kind, headM, cost }] = rows;
  const known = (of: (row: TableRow) => number | null | undefined) => rows.flatMap((row) => of(row) ?? []);
  const mean = (of: (row: TableRow) => number | null | undefined) => spreadOf(known(of)).mean;
  const errors = spreadOf(known(({ testErrorPercent }) => testErrorPercent));
  const costOf = (of: (row: TableRow) => Cost | null | undefined): Cost => ({
    steps: Math.round(mean((row) => of(row)?.steps)),
    networks: Math.round(mean((row) => of(row)?.networks)),
    gpuSeconds: mean((row) => of(row)?.gpuSeconds),
  });
  return {
    architecture,
    kind,
    testErrorPercent: errors.mean,
    errorSd: errors.sd,
    seeds: rows.length,
    parametersM: mean(({ parametersM }) => parametersM),
    ...(headM !== undefined && { headM: mean((row) => row.headM) }),
    ...(cost && {
      cost: {
        search: cost.search && costOf((row) => row.cost?.search),
        training: costOf((row) => row.cost?.training),
      },
    }),
    gpuSeconds: mean(({ gpuSeconds }) => gpuSeconds),
  };
}

function searchRow({ method, testError, cost, gpuSeconds, ...network }: Search): TableRow {
  return {
    architecture: capital(method),
    kind: 'search',
    testErrorPercent: 100 * testError,
    ...millions(network),
    cost,
    gpuSeconds,
  };
}

/** What one cell drawn at random is expected to reach, and to cost. */
function drawnRow(drawn: readonly Unsearched[]): TableRow {
  const errors = spreadOf(drawn.map(({ testError }) => 100 * testError));
  const mean = (of: (one: Unsearched) => number) => spreadOf(drawn.map(of)).mean;
  const gpuSeconds = mean(({ training }) => training.gpuSeconds);
  return {
    architecture: `No search, mean of ${drawn.length}`,
    kind: 'no search',
    testErrorPercent: errors.mean,
    errorSd: errors.sd,
    parametersM: mean(({ parameters }) => parameters) / 1e6,
    headM: mean(({ headParameters = 0 }) => headParameters) / 1e6,
    cost: { search: null, training: { ...drawn[0].training, gpuSeconds } },
    gpuSeconds,
  };
}

function chosenRow({ rule, testError, training, ...network }: Unsearched): TableRow {
  return {
    architecture: capital(rule),
    kind: 'no search',
    testErrorPercent: 100 * testError,
    ...millions(network),
    cost: { search: null, training },
    gpuSeconds: training.gpuSeconds,
  };
}

function handMadeRow({ network, testAccuracy, steps, gpuSeconds, ...sizes }: Training): TableRow {
  return {
    architecture: network,
    kind: 'hand-made',
    testErrorPercent: 100 * (1 - testAccuracy),
    ...millions(sizes),
    ...(steps !== undefined && { cost: { search: null, training: { steps, networks: 1, gpuSeconds } } }),
    gpuSeconds,
  };
}

const millions = ({ parameters, headParameters }: { parameters: number; headParameters?: number }) => ({
  parametersM: parameters / 1e6,
  ...(headParameters !== undefined && { headM: headParameters / 1e6 }),
});

const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
