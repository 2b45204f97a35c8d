import type { Gpu } from '../src/tensor/gpu';
import type { Peer } from './peer';
import type { Row } from './row';

/** What every suite is given. */
export interface Bench {
  readonly gpu: Gpu;
  /** A GPU of its own, for memory figures that nothing else has a part in; the caller's to dispose of. */
  readonly openGpu: () => Promise<Gpu>;
  /** All on the adapter of `gpu`, or on the CPU. */
  readonly peers: readonly Peer[];
  /** Fewer measurements, for a look. */
  readonly quick: boolean;
  /** Whether our kernels are chosen by measurement before each case. */
  readonly tune: boolean;
  /** Only rows whose work, shape and adapter contain it. */
  readonly match: string;
}

/** A family of rows. */
export interface Suite {
  readonly name: string;
  readonly rows: (bench: Bench) => AsyncIterable<Row>;
}

/** Whether a row was asked for. */
export const isWanted = (
  { match }: Pick<Bench, 'match'>,
  { work, shape, adapter = '' }: Pick<Row, 'work' | 'shape' | 'adapter'>,
): boolean => `${work} ${shape} ${adapter}`.includes(match);
