import type { Random } from '../tensor/random';

/**
 * Shares `total` among groups in proportion to their sizes, by the largest remainder; ties go to the
 * earlier group. The shares add up to `total` and none is more than its group, if `total` is at most
 * the sum of the sizes.
 */
export function apportion(total: number, sizes: readonly number[]): number[] {
  const sum = sizes.reduce((a, b) => a + b, 0);
  if (sum === 0) return sizes.map(() => 0);
  const shares = sizes.map((size) => Math.floor((total * size) / sum));
  // Remainders as integers (total * size mod sum): exact, so that equal groups do tie.
  const order = sizes
    .map((size, group) => ({ group, remainder: (total * size) % sum }))
    .sort((a, b) => b.remainder - a.remainder || a.group - b.group);
  const left = total - shares.reduce((a, b) => a + b, 0);
  for (const { group } of order.slice(0, left)) shares[group]++;
  return shares;
}

/** For each of `count` labels the positions that hold it, each list in random order. Other labels, as −100, are left out. */
export function shuffledGroups(labels: ArrayLike<number>, count: number, random: Random): number[][] {
  const groups = Array.from({ length: count }, (): number[] => []);
  for (let i = 0; i < labels.length; i++) groups[labels[i]]?.push(i);
  for (const group of groups) random.shuffle(group);
  return groups;
}
