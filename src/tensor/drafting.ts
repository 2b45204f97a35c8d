import type { Draft } from './draft';

let current: Draft | undefined;

/** What notes the steps of the rule that runs, if something does. */
export const drafting = (): Draft | undefined => current;

/** Runs `work`, whose steps `draft` notes; undefined: nobody does. */
export function draftedBy<T>(draft: Draft | undefined, work: () => T): T {
  const outer = current;
  current = draft;
  try {
    return work();
  } finally {
    current = outer;
  }
}
