import type { AdapterKind } from './host';

/** What is known of the adapter that runs. */
export interface AdapterFacts {
  /** What kind of adapter it is. */
  readonly kind: AdapterKind;
  /** What the driver calls it, as in 'llvmpipe: Mesa 25.0.7 (LLVM 15.0.6)'. */
  readonly description: string;
  /** True when no GPU does the work. */
  readonly software: boolean;
  /** How to get a better adapter, on a software one. */
  readonly hint?: string;
}
