import type { Tensor } from '../../tensor/tensor';
import type { OpRecord } from '../define';

/** An option of max pools. */
export interface IndexOptions {
  /** Whether to give where each value stood, too: its place in its plane, row by row; default false. */
  readonly returnIndices?: boolean;
}

/** An op that gives values, or [values, indices i32] if asked. */
export interface PoolWithIndices<Sizing, Options> {
  (
    x: Tensor,
    size: Sizing,
    options: Options & { readonly returnIndices: true },
  ): [values: Tensor, indices: Tensor];
  (x: Tensor, size: Sizing, options?: Options & { readonly returnIndices?: false }): Tensor;
  /** What is known of the op. */
  readonly record: OpRecord<readonly [x: Tensor, size: Sizing, options?: Options]>;
}

/** Takes where the values of a call stood. */
export type Keep = (indices: Tensor) => void;
type Pool<Sizing, Options> = ((x: Tensor, size: Sizing, options?: Options, keep?: Keep) => Tensor) & {
  readonly record: OpRecord<readonly [x: Tensor, size: Sizing, options?: Options, keep?: Keep]>;
};

/** A tape has one result a call: indices, which have no gradient, come beside it. */
export function withIndices<Sizing, Options extends IndexOptions>(
  pool: Pool<Sizing, Options>,
): PoolWithIndices<Sizing, Options> {
  const call = (x: Tensor, size: Sizing, options?: Options): Tensor | [Tensor, Tensor] => {
    if (options?.returnIndices !== true) return pool(x, size, options);
    const kept: Tensor[] = [];
    const values = pool(x, size, options, (indices) => kept.push(indices));
    return [values, kept[0]];
  };
  return Object.assign(call, { record: pool.record }) as PoolWithIndices<Sizing, Options>;
}
