import { Random } from '../../tensor/random';

/** Up to here all orders are tried: 7! = 5040. */
const MOST_IN_FULL = 7;
const SAMPLED = 9_999;
/** Stream of the seed, so that nothing else draws the same numbers. */
const STREAM = 0x7065726d;
const SEED = 0;
/** Two statistics that differ by rounding alone are equal. */
const ROUNDING = 1e-9;

/**
 * p of a one-sided permutation test: the share of the orders under which the statistic is as small as under the order
 * as given, or smaller. All orders are tried up to 7 things. Above that it is 9,999 drawn at random, the same ones
 * each time, beside the order as given, which counts as one of them (Phipson and Smyth 2010).
 * @param count number of things
 * @param statistic from the order `[0, 1, …]` of the things, or another one
 */
export function permutationTest(count: number, statistic: (order: readonly number[]) => number): number {
  const identity = Array.from({ length: count }, (_, i) => i);
  const most = statistic(identity) + ROUNDING;
  let [tried, small] = [0, 0];
  for (const order of count <= MOST_IN_FULL ? allOrders(identity) : givenAndDrawn(identity)) {
    tried++;
    if (statistic(order) <= most) small++;
  }
  return small / tried;
}

/** The p of an order that is better than all others: `permutationTest` can give none below it. */
export function leastP(count: number): number {
  return 1 / (count <= MOST_IN_FULL ? factorial(count) : SAMPLED + 1);
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

function* allOrders(things: readonly number[]): Generator<readonly number[]> {
  if (things.length <= 1) yield things;
  else
    for (const first of things)
      for (const rest of allOrders(things.filter((thing) => thing !== first))) yield [first, ...rest];
}

function* givenAndDrawn(identity: readonly number[]): Generator<readonly number[]> {
  const random = new Random(SEED, STREAM);
  yield identity;
  for (let drawn = 0; drawn < SAMPLED; drawn++) yield random.shuffle([...identity]);
}
