import type { JobEvent } from './kind';
import type { Order } from './order.node';

/** What a worker process is told: to do a job, to let go of it, to end once it is done. */
export type ToWorker = { readonly do: Order } | { readonly abort: true } | { readonly stop: true };

/** What it says: that it has opened its GPU, and what comes of the job that it does. */
export type FromWorker = { readonly ready: { readonly adapter: string } } | FromJob;

export type FromJob =
  | { readonly progress: { readonly done: number; readonly total: number; readonly note: string } }
  | { readonly said: { readonly text: string; readonly event?: JobEvent } }
  | { readonly logged: JobEvent }
  | { readonly ended: Outcome };

/** What came of one try of a job. */
export type Outcome =
  /** The store has the artefact. */
  | { readonly how: 'done' }
  /** Another process on the store has the job. */
  | { readonly how: 'held' }
  /** It has saved what it had. */
  | { readonly how: 'interrupted' }
  /** This worker cannot do it, but others may: it lacks the kind, the data, or an artefact. */
  | { readonly how: 'lacking'; readonly reason: string }
  | { readonly how: 'failed'; readonly reason: string };
