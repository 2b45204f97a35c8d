import { TaskgradError } from '../../runtime/errors';

/** Why a store could not do what it was asked for. */
export type StoreTrouble = 'full' | 'refused' | 'unreachable' | 'unfit';

/** A store is full, refuses, cannot be reached, or cannot do what stores need. What jobs have made so far stays on this machine. */
export class StoreError extends TaskgradError {
  constructor(
    /** The store's name. */
    readonly store: string,
    /** In a word. */
    readonly trouble: StoreTrouble,
    text: string,
    options?: { readonly cause?: unknown },
  ) {
    super('STORE', `store ${store}: ${text}`, options);
  }
}
