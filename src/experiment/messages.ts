import type { JobEvent } from './kind';
import type { Order } from './order.node';

/** What a worker process is told. */
export type ToWorker = { readonly do: Order } | { readonly stop: true };

/** What it says: that it has opened its GPU, and what comes of the job that it does. */
export type FromWorker = { readonly ready: { readonly adapter: string } } | FromJob;

export type FromJob =
  | { readonly progress: { readonly done: number; readonly total: number; readonly note: string } }
  | { readonly said: { readonly text: string; readonly event?: JobEvent } }
  | { readonly logged: JobEvent }
  /** The store has the artefact. */
  | { readonly done: true }
  /** Another process on the store has the job. */
  | { readonly held: true }
  | { readonly failed: string; readonly isInterrupted: boolean };
