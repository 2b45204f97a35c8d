import type { Search, TableRow, Training, Unsearched } from '../../report/results';
import { spreadOf } from '../../report/statistics/spread';

/** What has rows in the table. */
export interface Tried {
  readonly search: Search[];
  readonly unsearched: Unsearched[];
  /** Hand-made networks, trained on the final budget. */
  readonly baselines: Training[];
}

/** Searches first, then cells without a search, then hand-made networks. */
export function tableOf({ search, unsearched, baselines }: Tried): TableRow[] {
  const drawn = unsearched.filter(({ rule }) => rule === 'drawn');
  const chosen = unsearched.filter(({ rule }) => rule !== 'drawn');
  return [
    ...search.map(searchRow),
    ...(drawn.length > 0 ? [drawnRow(drawn)] : []),
    ...chosen.map(chosenRow),
    ...baselines.map(handMadeRow),
  ];
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
