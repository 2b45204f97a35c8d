import { TaskgradError } from '../../../runtime/errors';
import type { Random } from '../../tensor/random';

/** Which task lends a space its operations: the closest to the target, one drawn at random from those between, the farthest. */
export const CLOSENESS = ['closest', 'random-task', 'farthest'] as const;
export type Closeness = (typeof CLOSENESS)[number];

/** A source, and how far it is. */
interface Source<Value> {
  readonly task: Value;
  readonly distance: number;
}

/**
 * The closest of some sources, one drawn from those that are neither closest nor farthest, and the farthest; of equals the
 * first.
 * @throws TaskgradError `TASKS_FEW` on fewer than three
 */
export function byCloseness<Value>(
  sources: readonly Source<Value>[],
  random: Random,
): Readonly<Record<Closeness, Value>> {
  if (sources.length < CLOSENESS.length)
    throw new TaskgradError(
      'TASKS_FEW',
      `${sources.length} tasks beside the target; the closest, a random and the farthest one take at least ${CLOSENESS.length}: name more with --tasks`,
    );
  const sorted = sources.toSorted((a, b) => a.distance - b.distance).map(({ task }) => task);
  const between = sorted.slice(1, -1);
  return {
    closest: sorted[0],
    'random-task': between[random.int(between.length)],
    farthest: sorted[sorted.length - 1],
  };
}
