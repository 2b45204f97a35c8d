/** What the protocol `original` does about a difference. */
export const FOLLOWED = 'as there';
export const NOT_FOLLOWED = 'as corrected';
/**
 * One thing that the papers or their public programs do, and what is done here. All are sentences, or parts of a table,
 * for readers of the report.
 */
export interface Difference {
  /** What it is about, as 'Images of α'. */
  readonly what: string;
  /** What the papers or programs do. */
  readonly papers: string;
  readonly corrected: string;
  /** `FOLLOWED`, `NOT_FOLLOWED`, or a sentence. */
  readonly original: string;
  /** Where it is to be seen. */
  readonly source: string;
  /** The setting that the protocols give two values, as 'fisher.estimator'. Left out: nothing to switch. */
  readonly setting?: string;
  /** Set where the protocol `original` could follow and refuses to. */
  readonly refused?: true;
}
