import { bootstrapInterval, type Interval } from './bootstrap';
import { permutationTest } from './permutation';
import { correlation, rankCorrelation, ranks } from './rank-correlation';

/** A number of every ordered pair of different things, [first][second]. The diagonal is never read. */
export type PairMatrix = readonly (readonly number[])[];

/** A matrix for each seed. */
export type SeedMatrices = readonly PairMatrix[];

/** Of fewer things, most samples have hardly a pair of different ones: their interval says less than it seems to. */
export const LEAST_THINGS = 4;

/**
 * 95 % interval of Spearman's ρ between two numbers of pairs, averaged over seeds. Pairs share their things, so they
 * are not independent, and resampling them would give an interval that is too narrow. Things and seeds are
 * independent, and both are resampled: a thing that is drawn brings its row and its column along, and pairs of a
 * thing with itself are left out (Snijders and Borgatti 1999). With few things it is wide, as it should be: it speaks
 * of other things of the same kind.
 * @returns null where ρ is not defined
 */
export function correlationInterval(x: SeedMatrices, y: SeedMatrices): Interval | null {
  return bootstrapInterval(sizes(y), ([things, seeds]) => meanCorrelation(x, y, things, seeds));
}

/** The same for ρ between `x` and `y` less ρ between `other` and `y`. */
export function differenceInterval(
  x: SeedMatrices,
  other: SeedMatrices,
  y: SeedMatrices,
  coverage: number,
): Interval | null {
  const difference = ([things, seeds]: readonly (readonly number[])[]) => {
    const [a, b] = [meanCorrelation(x, y, things, seeds), meanCorrelation(other, y, things, seeds)];
    return a === null || b === null ? null : a - b;
  };
  return bootstrapInterval(sizes(y), difference, coverage);
}

/**
 * p of the test of Mantel (1967): how often ρ, averaged over seeds, is as low as it is or lower when the things of
 * `x` are shuffled, rows and columns together and all seeds alike. It stays right although pairs share their things.
 * @returns null where ρ is not defined
 */
export function mantelP(x: SeedMatrices, y: SeedMatrices): number | null {
  const [things, seeds] = sizes(y);
  const all = range(things);
  // A shuffled matrix has its ranks shuffled: they are taken once.
  const ranked = x.map((matrix) => rankMatrix(matrix));
  const yRanks = y.map((matrix) => ranks(offDiagonal(matrix, all)));
  const mean = (order: readonly number[]) =>
    meanOf(range(seeds).map((seed) => correlation(offDiagonal(ranked[seed], order), yRanks[seed])));
  if (mean(all) === null) return null;
  return permutationTest(things, (order) => mean(order) ?? Number.POSITIVE_INFINITY);
}

/**
 * Spearman's ρ over the firsts of each second, as over the sources of each target, averaged over the seconds and seeds. It asks which
 * first is best for a given second, and so does not see how the seconds differ.
 * @returns null where ρ is not defined for any
 */
export const meanColumnCorrelation = (x: SeedMatrices, y: SeedMatrices): number | null =>
  columnCorrelation(x, y, range(sizes(y)[0]), range(sizes(y)[1]));

/** Its 95 % interval over things and seeds, as that of `correlationInterval`. */
export function columnInterval(x: SeedMatrices, y: SeedMatrices): Interval | null {
  return bootstrapInterval(sizes(y), ([things, seeds]) => columnCorrelation(x, y, things, seeds));
}

/** p of the test of `mantelP` with it. */
export function columnMantelP(x: SeedMatrices, y: SeedMatrices): number | null {
  const [things, seeds] = sizes(y);
  const all = range(things);
  // Ranks within a column stay with it when things are shuffled.
  const [xRanks, yRanks] = [x.map(rankColumns), y.map(rankColumns)];
  const mean = (order: readonly number[]) =>
    meanOf(
      range(seeds).flatMap((seed) =>
        all.map((second) => {
          const firsts = all.filter((first) => first !== second);
          return correlation(
            firsts.map((first) => xRanks[seed][order[first]][order[second]]),
            firsts.map((first) => yRanks[seed][first][second]),
          );
        }),
      ),
    );
  if (mean(all) === null) return null;
  return permutationTest(things, (order) => mean(order) ?? Number.POSITIVE_INFINITY);
}

function columnCorrelation(
  x: SeedMatrices,
  y: SeedMatrices,
  things: readonly number[],
  seeds: readonly number[],
): number | null {
  return meanOf(
    seeds.flatMap((seed) =>
      things.map((second) => {
        const firsts = things.filter((first) => first !== second);
        return rankCorrelation(
          firsts.map((first) => x[seed][first][second]),
          firsts.map((first) => y[seed][first][second]),
        );
      }),
    ),
  );
}

/** Each number's rank in its column, the diagonal left out. */
function rankColumns(matrix: PairMatrix): PairMatrix {
  const things = range(matrix.length);
  const columns = things.map((second) => {
    const firsts = things.filter((first) => first !== second);
    const ranked = ranks(firsts.map((first) => matrix[first][second]));
    return new Map(firsts.map((first, i) => [first, ranked[i]]));
  });
  return things.map((first) => things.map((second) => columns[second].get(first) ?? Number.NaN));
}

function meanCorrelation(
  x: SeedMatrices,
  y: SeedMatrices,
  things: readonly number[],
  seeds: readonly number[],
): number | null {
  return meanOf(
    seeds.map((seed) => rankCorrelation(offDiagonal(x[seed], things), offDiagonal(y[seed], things))),
  );
}

/** Numbers of the pairs among some things, which may be drawn twice, but are no pair with themselves. */
function offDiagonal(matrix: PairMatrix, things: readonly number[]): number[] {
  const values: number[] = [];
  for (const first of things)
    for (const second of things) if (first !== second) values.push(matrix[first][second]);
  return values;
}

function rankMatrix(matrix: PairMatrix): PairMatrix {
  const things = range(matrix.length);
  const ranked = ranks(offDiagonal(matrix, things));
  let next = 0;
  return things.map((first) => things.map((second) => (second === first ? Number.NaN : ranked[next++])));
}

function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length > 0 ? defined.reduce((sum, value) => sum + value, 0) / defined.length : null;
}

const sizes = (y: SeedMatrices): [things: number, seeds: number] => [y[0].length, y.length];
const range = (count: number) => Array.from({ length: count }, (_, i) => i);
