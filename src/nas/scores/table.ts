import { fisher, fisherLogDet, fisherTrace } from './fisher';
import { gradientNorm, grasp, snip } from './gradients';
import { jacobianCovariance, naswot } from './kernels';
import { multiplyAdds, parameters } from './plain';
import type { Score } from './record';
import { synflow } from './synflow';

/** One row a score. */
const ROWS = [
  fisherTrace,
  fisherLogDet,
  fisher,
  gradientNorm,
  snip,
  grasp,
  synflow,
  jacobianCovariance,
  naswot,
  parameters,
  multiplyAdds,
] as const;

/** A score's name. */
export type ScoreName = (typeof ROWS)[number]['name'];

/**
 * The scores that an untrained network is given, by name.
 * @example
 * ```ts
 * nas.SCORES.synflow.title; // → 'SynFlow'
 * ```
 */
export const SCORES = Object.fromEntries(ROWS.map((row) => [row.name, row])) as {
  readonly [Name in ScoreName]: Score<Name>;
};

/**
 * Names of the scores, in the table's order.
 * @example
 * ```ts
 * nas.SCORE_NAMES.includes('naswot'); // → true
 * ```
 */
export const SCORE_NAMES: readonly ScoreName[] = ROWS.map(({ name }) => name);
