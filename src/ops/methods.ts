import { Tensor } from '../tensor/tensor';
import type { PoolWithIndices } from './pool/indices';
import * as ops from './table';

/** Ops of a list of tensors or of a text, which are no methods in PyTorch either. */
const FUNCTIONS = ['concat', 'einsum', 'stack'] as const;

/**
 * The ops as methods of `Tensor`, as PyTorch has them: `x.add(1).relu().sum()` is `ops.sum(ops.relu(ops.add(x, 1)))`.
 * `import 'taskgrad/methods'` adds them. The tensor is the op's first argument, the method's are the rest, with the same
 * options, results and errors; `a.where(condition, b)` is `ops.where(condition, a, b)`. `concat`, `stack` and `einsum`
 * are functions only.
 */
export type TensorMethods = {
  [Name in keyof typeof ops as Exclude<Name, (typeof FUNCTIONS)[number]>]: Name extends 'where'
    ? (condition: Tensor, other: Tensor) => Tensor
    : (typeof ops)[Name] extends PoolWithIndices<infer Size, infer Options>
      ? {
          (
            size: Size,
            options: Options & { readonly returnIndices: true },
          ): [values: Tensor, indices: Tensor];
          (size: Size, options?: Options & { readonly returnIndices?: false }): Tensor;
        }
      : (typeof ops)[Name] extends (x: never, ...rest: infer Rest) => infer Result
        ? (...rest: Rest) => Result
        : never;
};

/** An op, or where its tensor is not the first argument, the op with that first. */
type Call = (x: Tensor, ...rest: readonly unknown[]) => unknown;

const where = (x: Tensor, condition: Tensor, other: Tensor): Tensor => ops.where(condition, x, other);

const functions: readonly string[] = FUNCTIONS;
for (const [name, op] of Object.entries({ ...ops, where })) {
  if (functions.includes(name)) continue;
  const call = op as unknown as Call;
  const { [name]: value } = {
    [name](this: Tensor, ...rest: readonly unknown[]): unknown {
      return call(this, ...rest);
    },
  };
  Object.defineProperty(Tensor.prototype, name, { value, writable: true, configurable: true });
}
