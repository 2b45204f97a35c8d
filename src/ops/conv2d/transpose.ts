import { aNumber, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import type { Kernels } from '../../tensor/kernels';
import { formatShape, type Shape, ShapeError } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { defineOp, type Op } from '../define';
import { patches, samplesOf } from '../factors';
import { checkSamples, imageShape, inShape, LINE, PLANE, type Space, spaceShape } from '../images';
import type { Pair, Single } from '../pair';
import { randn, type Sample, sample } from '../sample';
import type { Geometry } from './geometry';
import {
  axisName,
  biasSquares,
  checkBias,
  checkOperands,
  gradientPlanes,
  type Inputs,
  onPlanes,
  planeWeight,
  reachOf,
} from './operands';
import { convolve, inputGradient, weightGradient } from './ways';

/** Options of transposed convolutions. */
export interface ConvTransposeOptions<Size> {
  /** [O] */
  readonly bias?: Tensor;
  /** Distance between the places where the pixels of x put the kernel. Default 1. */
  readonly stride?: Size;
  /** Pixels cut from each side of the result. Default 0. */
  readonly padding?: Size;
  /** Pixels added behind, right and below, less than the stride or the dilation. Default 0. */
  readonly outputPadding?: Size;
  /** Distance between the taps of the kernel. Default 1. */
  readonly dilation?: Size;
  /** Channels fall into so many groups that do not see each other. Default 1. */
  readonly groups?: number;
}
/** Each size is one number, or [height, width]. */
export type ConvTranspose2dOptions = ConvTransposeOptions<number | Pair>;
/** Each size is one number. */
export type ConvTranspose1dOptions = ConvTransposeOptions<Single>;

interface Attrs extends Geometry {
  readonly outputPadding: Pair;
}
type Args<Size> = readonly [x: Tensor, weight: Tensor, options?: ConvTransposeOptions<Size>];

/** Shape of the result. @throws ShapeError */
function outputShape(op: string, space: Space<never>, [x, weight, bias]: Inputs, attrs: Attrs): Shape {
  const { stride, padding, outputPadding, dilation, groups } = attrs;
  const weightFacts = `(weight shape ${formatShape(weight.shape)}, groups ${groups})`;
  const weightAxes = space.axes === 2 ? '[I, O/groups, KH, KW]' : '[I, O/groups, K]';
  checkOperands(op, space, x.shape, weight.shape, groups, weightAxes);
  const [samples, channels, ...plane] = imageShape(space, x.shape);
  const [inputs, groupOutputs, ...taps] = planeWeight(space, weight.shape);
  if (channels !== inputs) {
    throw new ShapeError(`${op}: input has ${channels} channels, weight expects ${inputs} ${weightFacts}`);
  }
  checkBias(op, bias?.shape, groupOutputs * groups, weightFacts);
  const [height, width] = ([0, 1] as const).map((i) => {
    if (outputPadding[i] >= Math.max(stride[i], dilation[i])) {
      throw new ShapeError(
        `${op}: outputPadding of ${axisName(space, i)} is ${outputPadding[i]}, expected less than the stride ${stride[i]} or the dilation ${dilation[i]}`,
      );
    }
    const length =
      (plane[i] - 1) * stride[i] - 2 * padding[i] + reachOf(taps[i], dilation, i) + outputPadding[i];
    if (length < 1) {
      throw new ShapeError(
        `${op}: the result would have a ${axisName(space, i)} of ${length}; cut less by padding ${weightFacts}`,
      );
    }
    return length;
  });
  return spaceShape(space, x.shape, [samples, groupOutputs * groups, height, width]);
}

/** The bias [O] added to images [N, O, H, W]. */
function withBias(k: Kernels, y: Tensor, bias: Tensor | undefined): Tensor {
  if (!bias) return y;
  using wide = bias.alias([bias.size, 1, 1]);
  const result = k.elementwise('y + bias', { y, bias: wide });
  y.dispose();
  return result;
}

/** What a convolution of the result, with the same weight, has as the gradient of its input. */
function defineConvTranspose<Size>(
  name: string,
  space: Space<Size>,
  samples: () => readonly Sample<Args<Size>>[],
): Op<Args<Size>> {
  const parse = (...[x, weight, options = {}]: Args<Size>): { inputs: Inputs; attrs: Attrs } => {
    const { bias, stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1 } = options;
    const attrs = {
      stride: space.pair(name, 'stride', stride, 1),
      padding: space.pair(name, 'padding', padding, 0),
      outputPadding: space.pair(name, 'outputPadding', outputPadding, 0),
      dilation: space.pair(name, 'dilation', dilation, 1),
      groups,
    };
    return { inputs: [x, weight, bias], attrs };
  };
  return defineOp({
    name,
    takes: {
      x: floats,
      weight: floats,
      options: optional(
        options({
          bias: optional(floats),
          stride: optional(space.check),
          padding: optional(space.check),
          outputPadding: optional(space.check),
          dilation: optional(space.check),
          groups: optional(aNumber),
        }),
      ),
    },
    parse,
    shape: ({ inputs, attrs }) => outputShape(name, space, inputs, attrs),
    forward: (k, { inputs, attrs, shape }) =>
      onPlanes(k, space, inputs, shape, ([x, weight, bias], out) =>
        withBias(k, inputGradient(k, [x, weight], attrs, out), bias),
      ),
    backward: (k, { grad, inputs, attrs, needs }) => {
      const { x, weight, g } = gradientPlanes(space, inputs, grad);
      const toInput = () => convolve(k, { inputs: [g, weight, undefined], attrs, shape: x.shape });
      return [
        needs[0] ? inShape(toInput(), inputs[0].shape) : undefined,
        needs[1]
          ? inShape(weightGradient(k, [x, g], attrs, weight.shape, false), inputs[1].shape)
          : undefined,
        needs[2] ? k.reduce('sum', g, [0, 2, 3]) : undefined,
      ];
    },
    perSample: (k, { grad, inputs, attrs, needs }) => {
      checkSamples(name, space, inputs[0]);
      const { x, weight, g } = gradientPlanes(space, inputs, grad);
      return [
        undefined,
        needs[1] ? inShape(weightGradient(k, [x, g], attrs, weight.shape, true), inputs[1].shape) : undefined,
        needs[2] ? biasSquares(k, g) : undefined,
      ];
    },
    // The rows of the weight are of what the call read, and each pixel of that meets a patch of the gradient.
    factors: (k, { grad, inputs, attrs, needs, range }) => {
      checkSamples(name, space, inputs[0]);
      const { x, weight, g } = gradientPlanes(space, inputs, grad);
      const { groups } = attrs;
      const inGroups = (of: Tensor): Tensor => {
        const [, channels, height, width] = of.shape;
        return samplesOf(k, of, range).alias([
          range[1] - range[0],
          groups,
          channels / groups,
          height * width,
        ]);
      };
      const seen = () => patches(k, g, range, attrs, weight.shape, x.shape);
      return [
        undefined,
        needs[1] ? { output: inGroups(x), input: seen(), rows: 'read' } : undefined,
        needs[2] ? { output: inGroups(g) } : undefined,
      ];
    },
    samples,
  });
}

/**
 * Transposed convolution, as PyTorch's F.conv_transpose2d: each pixel of x puts the kernel, times its value, into the result.
 * @example
 * ```ts
 * const weight = gpu.ones([1, 1, 2, 2]);
 * ops.convTranspose2d(gpu.tensor([[[[1, 2]]]]), weight, { stride: 2 }); // → [[[[1, 1, 2, 2], [1, 1, 2, 2]]]]
 * ```
 * @param x [N, I, H, W], or [I, H, W] for one image
 * @param weight [I, O/groups, KH, KW]
 * @returns [N, O, OH, OW] with OH = (H − 1) stride − 2 padding + dilation (KH − 1) + 1 + outputPadding; [O, OH, OW] of one
 *   image
 * @throws ShapeError if shapes or options do not fit together
 */
export const convTranspose2d = defineConvTranspose('convTranspose2d', PLANE, () => [
  sample<Args<number | Pair>>('with bias', randn([2, 3, 4, 3]), randn([3, 2, 3, 2]), { bias: randn([2]) }),
  sample<Args<number | Pair>>('stride 2, and a pixel behind', randn([2, 2, 3, 4]), randn([2, 3, 3, 3]), {
    stride: 2,
    padding: 1,
    outputPadding: 1,
  }),
  sample<Args<number | Pair>>(
    'two groups, a stride longer than the kernel',
    randn([2, 4, 3, 2]),
    randn([4, 2, 2, 1]),
    {
      stride: [3, 2],
      outputPadding: [2, 1],
      groups: 2,
      bias: randn([4]),
    },
  ),
  sample<Args<number | Pair>>('dilation 2, and a pixel behind', randn([1, 2, 3, 4]), randn([2, 2, 2, 3]), {
    dilation: [2, 2],
    outputPadding: [1, 0],
    padding: [0, 1],
  }),
]);

/**
 * Transposed convolution of lines, as PyTorch's F.conv_transpose1d; see `convTranspose2d`.
 * @example
 * ```ts
 * const weight = gpu.tensor([[[1, 2]]]);
 * ops.convTranspose1d(gpu.tensor([[[1, 10]]]), weight); // → [[[1, 12, 20]]]
 * ```
 * @param x [N, I, L], or [I, L] for one line
 * @param weight [I, O/groups, K]
 * @returns [N, O, OL], or [O, OL] of one line
 * @throws ShapeError if shapes or options do not fit together
 */
export const convTranspose1d = defineConvTranspose('convTranspose1d', LINE, () => [
  sample<Args<Single>>('stride 2, in groups, with bias', randn([2, 4, 5]), randn([4, 2, 3]), {
    stride: 2,
    padding: 1,
    outputPadding: 1,
    groups: 2,
    bias: randn([4]),
  }),
]);
