import { oneOf, optional, options, type Takes } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import { broadcastShapes, type Shape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { BackwardCall, Call } from '../define';

/** An option of losses of single elements. */
export interface LossOptions {
  /** What becomes of the elements' losses; default 'mean', over all of them. */
  readonly reduction?: 'none' | 'mean' | 'sum';
}

/** The mean over the first axis alone is PyTorch's 'batchmean'. */
export type Reduction = NonNullable<LossOptions['reduction']> | 'batchmean';

/** Input, target, and what elements are weighted by. */
export type LossInputs = readonly [input: Tensor, target: Tensor, weight?: Tensor, posWeight?: Tensor];

export interface LossAttrs {
  readonly reduction: Reduction;
  /** Numbers that the formulas read by name. */
  readonly scalars: Readonly<Record<string, number>>;
  /** WGSL of x (input), t (target), w (weight) and p (posWeight). */
  readonly loss: string;
  /** WGSL of the loss's derivatives by x and by t. */
  readonly slopes: readonly [string, string];
}

type LossCall = Call<LossInputs, LossAttrs>;

/** What a loss takes, with its own options beside `reduction`. */
export const lossTakes = (more: Takes = {}): Takes => ({
  input: floats,
  target: floats,
  options: optional(options({ reduction: optional(oneOf('none', 'mean', 'sum')), ...more })),
});

/** By how much a sum of losses of the shape is multiplied: infinity for the mean of nothing, which is NaN. */
export function scaleOf(reduction: Reduction, shape: Shape): number {
  if (reduction === 'mean') return 1 / sizeOf(shape);
  return reduction === 'batchmean' ? 1 / (shape[0] ?? 1) : 1;
}

/** The scaled sum of all losses, []. */
export function sumOfAll(k: Kernels, losses: Tensor, scale: number): Tensor {
  if (losses.size === 0) return k.fill(k.empty([]), 0 * scale);
  using row = losses.alias([losses.size]);
  return k.reduce('sum', row, [0], false, scale);
}

const operandsOf = ([x, t, w, p]: LossInputs) => ({ x, t, ...(w && { w }), ...(p && { p }) });

/** The rules of a loss whose elements are computed one by one; input and target broadcast. */
export function lossRules(name: string) {
  const elements = ({ inputs }: LossCall): number[] =>
    broadcastShapes(name, ...inputs.filter((input) => input !== undefined).map(({ shape }) => shape));
  return {
    shape: (call: LossCall) => {
      const shape = elements(call);
      return call.attrs.reduction === 'none' ? shape : [];
    },
    forward: (k: Kernels, call: LossCall) => {
      const { inputs, attrs } = call;
      const shape = elements(call);
      const losses = k.elementwise(attrs.loss, operandsOf(inputs), { scalars: attrs.scalars, shape });
      if (attrs.reduction === 'none') return losses;
      using each = losses;
      return sumOfAll(k, each, scaleOf(attrs.reduction, shape));
    },
    backward: (k: Kernels, call: BackwardCall<LossInputs, LossAttrs, undefined>) => {
      const { inputs, attrs, grad: g, needs } = call;
      const shape = elements(call);
      const scalars = { ...attrs.scalars, scale: scaleOf(attrs.reduction, shape) };
      return attrs.slopes.map((slope, i) => {
        const input = inputs[i];
        if (!input || !needs[i]) return undefined;
        const full = k.elementwise(
          `g * scale * (${slope})`,
          { g, ...operandsOf(inputs) },
          { scalars, shape },
        );
        return k.sumTo(full, input.shape);
      });
    },
  };
}
