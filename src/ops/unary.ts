import { floats } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import type { Tensor } from '../tensor/tensor';
import { type BackwardCall, type Call, defineOp, type Op } from './define';
import { sample, type TensorSpec } from './sample';

type Inputs = readonly [x: Tensor];
type Scalars = Readonly<Record<string, number>>;

/**
 * The rules of a function of single elements, by two formulas: the result of x, and the gradient of g (the result's
 * gradient), x and y (the result). Both may read the attributes by name.
 */
export const ofElements = (forward: string, backward: string) => ({
  shape: ({ inputs: [x] }: Call<Inputs, Scalars>) => x.shape,
  forward: (k: Kernels, { inputs: [x], attrs }: Call<Inputs, Scalars>) =>
    k.elementwise(forward, { x }, { scalars: attrs }),
  backward: (
    k: Kernels,
    { grad: g, inputs: [x], output: y, attrs }: BackwardCall<Inputs, Scalars, undefined>,
  ) => [k.elementwise(backward, { g, x, y }, { scalars: attrs })],
});

/** An elementwise function of one tensor, any shape, f32. `backward` reads g (gradient), x (input) and y (output). */
export function defineUnary(
  name: string,
  forward: string,
  backward: string,
  data: (shape: number[]) => TensorSpec,
  extra: TensorSpec[] = [],
): Op<[x: Tensor]> {
  return defineOp({
    name,
    takes: { x: floats },
    parse: (x: Tensor) => ({ inputs: [x] as const, attrs: {} }),
    ...ofElements(forward, backward),
    samples: () => [
      sample<[Tensor]>('a matrix of odd size', data([3, 5])),
      sample<[Tensor]>('one element', data([])),
      sample<[Tensor]>('four axes', data([2, 3, 4, 5])),
      ...extra.map((spec) => sample<[Tensor]>('large values', spec)),
    ],
  });
}
