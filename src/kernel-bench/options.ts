import type { ScalarType } from '../../runtime/wgsl/layout';
import type { FillName, HostArray, NumberArray, RawArray } from './array';

/** What a storage buffer begins with; what is left out follows from the shader. */
export interface BufferSpec {
  /** What its numbers are. */
  readonly type?: ScalarType;
  /** Lengths of its axes. */
  readonly shape?: readonly number[];
  /** A number fills every element. An array is converted to `type`; bytes without a type are of that type. */
  readonly fill?: FillName | number | NumberArray | HostArray | RawArray;
}

/** A number of a uniform block; `{ u32: 7 }` is refused where the shader has another type. */
export type UniformNumber = number | { readonly [type in ScalarType]?: number };

/** Numbers of a block or member, from its first on; or numbers by the names of its members. */
export type UniformValue =
  | UniformNumber
  | readonly UniformNumber[]
  | { readonly [member: string]: UniformValue };

/** How `benchKernel` runs a shader. */
export interface BenchOptions {
  /** Name of the entry point. Default: the only one. */
  readonly entry?: string;
  /**
   * Storage buffers by name; a typed array is short for its type, length and contents. What is not said of a buffer:
   * its type is the shader's. Its shape is that of the first buffer here that has one, else 262144 elements. It holds
   * zeros if the kernel writes it, else random numbers (randn) if they are floats, else each element's index.
   */
  readonly bind?: Readonly<Record<string, BufferSpec | NumberArray>>;
  /**
   * Numbers of uniform blocks by the block's name, or by a path in it, as in 'params.origin.x'. Later ones go over
   * earlier ones. Each block that the entry point uses needs some; those it leaves out are 0.
   */
  readonly uniform?: Readonly<Record<string, UniformValue>>;
  /** Threads in all, or in each dimension. Default: one for each element of the first buffer that is written. */
  readonly threads?: number | readonly number[];
  /** Workgroups in each dimension, in place of `threads`. */
  readonly groups?: number | readonly number[];
  /** Values of overrides, and of constants in place of their own. */
  readonly set?: Readonly<Record<string, number>>;
  /** As `set`, several values each: the kernel is run with every combination. */
  readonly sweep?: Readonly<Record<string, readonly number[]>>;
  /** Of the random fills: a whole number from 0 to 2^32 − 1. Default 0. */
  readonly seed?: number;
  /** Dispatches before time is taken. Default 3. */
  readonly warmup?: number;
  /** Samples of time. Default: up to 20 in 2 seconds. */
  readonly repeat?: number;
  /** What buffers shall hold afterwards, by name; where they do not, that is a finding. */
  readonly expect?: Readonly<Record<string, NumberArray | HostArray>>;
  /** Largest error against it, |a − b| / max(1, |b|). Default 1e-5. */
  readonly tolerance?: number;
}
