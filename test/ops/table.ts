import { cast } from '../../src/ops/cast';
import { concat } from '../../src/ops/concat';
import type { Op } from '../../src/ops/define';
import { flatten } from '../../src/ops/reshape';
import * as ops from '../../src/ops/table';
import { Tensor } from '../../src/tensor/tensor';
import { type Ref, ref } from '../reference/ref';

/** A tensor, several, or several by name. */
const resultsOf = (result: unknown): readonly Tensor[] =>
  result instanceof Tensor ? [result] : (Object.values(result as object) as Tensor[]);

/** An op whose results, if it gives several, are joined in one vector, so that all of the table may be walked alike. */
function joined(op: Op<never, unknown>): Op<never> {
  const call = (...args: never): Tensor => {
    const result = op(...args);
    if (result instanceof Tensor) return result;
    return concat(resultsOf(result).map((one) => flatten(cast(one, 'f32'))));
  };
  return Object.assign(call, { record: op.record });
}

/** Every op of the table by its name. */
export const table: readonly [string, Op<never>][] = Object.entries(ops).map(([name, op]) => [
  name,
  joined(op as unknown as Op<never, unknown>),
]);

/** The same of references. */
export const joinedRefs =
  <Args extends readonly unknown[]>(reference: (...args: Args) => readonly Ref[]) =>
  (...args: Args): Ref => {
    const all = reference(...args).flatMap(({ data }) => [...data]);
    return ref([all.length], all);
  };
