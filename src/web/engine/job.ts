import type { Keeper } from './keeper';
import type { Lab } from './lab';
import type { Tell } from './tell';

/** What a piece of the engine's work may use. After a lost device it is called again, with a new lab. */
export interface Job {
  readonly lab: Lab;
  readonly signal: AbortSignal;
  readonly tell: Tell;
  readonly keeper: Keeper;
  /** Fewer images and rounds, for tests. */
  readonly quick: boolean;
}
