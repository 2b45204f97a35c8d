import type { AdapterKind } from './host';

/** What is known of the adapter that runs. */
export interface AdapterFacts {
  readonly kind: AdapterKind;
  readonly description: string;
  /** True when no GPU does the work. */
  readonly software: boolean;
  /** How to get a better adapter, on a software one. */
  readonly hint?: string;
}
