import type { Table, TableQuery } from '../nas/table/table';
import { kendallTau } from './statistics/kendall';

/** How much of what a table's networks differ by is noise between seeds. In percentage points. */
export interface SeedNoise {
  /** How many networks were trained under several seeds. */
  readonly networks: number;
  /** Standard deviation between seeds of a network, over all of those. */
  readonly within: number;
  /** Standard deviation between all networks of the table. */
  readonly between: number;
  /** Kendall's τ between the first two seeds of those networks: no score can be expected to agree better with the table. */
  readonly tau: number | null;
}

/** Undefined where no network has two seeds. @throws TableError */
export function seedNoise(table: Table, query: Required<TableQuery>): SeedNoise | undefined {
  const figures = table.networks.map((place) => table.seeds(place, query));
  const several = figures.filter((values) => values.length > 1);
  if (several.length < 2) return undefined;
  const squares = several.flatMap((values) => values.map((value) => (value - meanOf(values)) ** 2));
  const freedom = squares.length - several.length;
  const [first, second] = [0, 1].map((seed) => several.map((values) => values[seed]));
  return {
    networks: several.length,
    within: Math.sqrt(sum(squares) / freedom),
    between: deviation(figures.filter((values) => values.length > 0).map(meanOf)),
    tau: kendallTau(first, second),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const meanOf = (values: readonly number[]): number => sum(values) / values.length;

function deviation(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}
