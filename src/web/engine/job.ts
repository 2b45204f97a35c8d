import type { Report } from '../protocol';
import type { Lab } from './lab';

/** Tells the page. Who waits for what it returns is never far ahead of a page that is busy. */
export type Tell = (report: Report, transfer?: Transferable[]) => unknown;

/** What a piece of the engine's work may use. After a lost device it is called again, with a new lab. */
export interface Job {
  readonly lab: Lab;
  readonly signal: AbortSignal;
  readonly tell: Tell;
  /** Fewer images and rounds, for tests. */
  readonly quick: boolean;
}
