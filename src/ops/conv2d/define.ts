import { aNumber, kind, oneOf, optional, options } from '../../tensor/guard';
import { floats } from '../../tensor/guard-tensor';
import { formatShape, type Shape, ShapeError } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { type Activated, defineOp, type Op } from '../define';
import { patches, samplesOf } from '../factors';
import { checkSamples, imageShape, inShape, type Space, spaceShape } from '../images';
import type { Pair, Single } from '../pair';
import type { Sample } from '../sample';
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

/** Zeros around, so many on each side; 'same' keeps the size where the stride is 1, 'valid' is none. */
export type Padding<Size> = Size | 'same' | 'valid';

export interface ConvOptions<Size> extends Activated {
  /** [O] */
  readonly bias?: Tensor;
  /** Distance between the places of the kernel. Default 1. */
  readonly stride?: Size;
  /** Zeros around the image. Default 0. With 'same' the right and lower side have one more where the number is odd. */
  readonly padding?: Padding<Size>;
  /** Distance between the taps of the kernel. Default 1. */
  readonly dilation?: Size;
  /** Channels fall into so many groups that do not see each other; groups = C is a depthwise kernel. Default 1. */
  readonly groups?: number;
}
/** Stride, padding and dilation are one number, or [height, width]. */
export type Conv2dOptions = ConvOptions<number | Pair>;
/** Stride, padding and dilation are one number. */
export type Conv1dOptions = ConvOptions<Single>;

/** Options with everything filled in; `padding` is that before the image. */
interface Attrs extends Geometry, Activated {
  readonly after: Pair;
}
export type ConvArgs<Size> = readonly [x: Tensor, weight: Tensor, options?: ConvOptions<Size>];

/** As of a convolution: numbers, or a word. */
export const aPadding = kind(
  "a number, a pair [height, width], 'same' or 'valid'",
  (value) =>
    typeof value === 'number' ||
    value === 'same' ||
    value === 'valid' ||
    (Array.isArray(value) && value.every((item) => typeof item === 'number')),
);

/** @throws ShapeError on 'same' with a stride */
function paddingOf<Size>(
  op: string,
  space: Space<Size>,
  padding: Padding<Size>,
  weight: Shape,
  { stride, dilation }: Pick<Geometry, 'stride' | 'dilation'>,
): Pick<Attrs, 'padding' | 'after'> {
  if (padding !== 'same') {
    const around = padding === 'valid' ? ([0, 0] as const) : space.pair(op, 'padding', padding, 0);
    return { padding: around, after: around };
  }
  if (stride.some((step) => step !== 1)) {
    throw new ShapeError(
      `${op}: padding 'same' keeps the size where the stride is 1, got ${formatShape(stride)}; give the padding in numbers`,
    );
  }
  const all = planeWeight(space, weight).slice(2, 4);
  const total = all.map((taps, i) => dilation[i] * (taps - 1));
  const [top, left] = total.map((pixels) => Math.floor(pixels / 2));
  return { padding: [top, left], after: [total[0] - top, total[1] - left] };
}

/** Shape of the result. @throws ShapeError */
function outputShape(op: string, space: Space<never>, [x, weight, bias]: Inputs, attrs: Attrs): Shape {
  const { stride, padding, after, dilation, groups } = attrs;
  const weightFacts = `(weight shape ${formatShape(weight.shape)}, groups ${groups})`;
  const weightAxes = space.axes === 2 ? '[O, C/groups, KH, KW]' : '[O, C/groups, K]';
  checkOperands(op, space, x.shape, weight.shape, groups, weightAxes);
  const [samples, channels, ...plane] = imageShape(space, x.shape);
  const [outputs, groupInputs, ...taps] = planeWeight(space, weight.shape);
  if (channels !== groupInputs * groups) {
    throw new ShapeError(
      `${op}: input has ${channels} channels, weight expects ${groupInputs * groups} ${weightFacts}`,
    );
  }
  checkBias(op, bias?.shape, outputs, weightFacts);
  const [height, width] = ([0, 1] as const).map((i) => {
    const padded = plane[i] + padding[i] + after[i];
    const reach = reachOf(taps[i], dilation, i);
    if (padded < reach) {
      throw new ShapeError(
        `${op}: kernel covers ${reach} pixels of ${axisName(space, i)}, the padded input has ${padded}; add padding ${weightFacts}`,
      );
    }
    return Math.floor((padded - reach) / stride[i]) + 1;
  });
  return spaceShape(space, x.shape, [samples, outputs, height, width]);
}

/** The convolution of images, or of lines. */
export function defineConv<Size>(
  name: string,
  space: Space<Size>,
  samples: () => readonly Sample<ConvArgs<Size>>[],
): Op<ConvArgs<Size>> {
  const parse = (...[x, weight, options = {}]: ConvArgs<Size>): { inputs: Inputs; attrs: Attrs } => {
    const { bias, stride = 1, padding = 'valid', dilation = 1, groups = 1, activation } = options;
    const steps = {
      stride: space.pair(name, 'stride', stride, 1),
      dilation: space.pair(name, 'dilation', dilation, 1),
    };
    return {
      inputs: [x, weight, bias],
      attrs: { ...steps, ...paddingOf(name, space, padding, weight.shape, steps), groups, activation },
    };
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
          padding: optional(aPadding),
          dilation: optional(space.check),
          groups: optional(aNumber),
          activation: optional(oneOf('relu')),
        }),
      ),
    },
    parse,
    shape: ({ inputs, attrs }) => outputShape(name, space, inputs, attrs),
    forward: (k, { inputs, attrs, shape }) =>
      onPlanes(k, space, inputs, shape, (planes, out) => convolve(k, { inputs: planes, attrs, shape: out })),
    backward: (k, { grad, inputs, attrs, needs }) => {
      const { x, weight, g } = gradientPlanes(space, inputs, grad);
      return [
        needs[0] ? inShape(inputGradient(k, [g, weight], attrs, x.shape), inputs[0].shape) : undefined,
        needs[1]
          ? inShape(weightGradient(k, [g, x], attrs, weight.shape, false), inputs[1].shape)
          : undefined,
        needs[2] ? k.reduce('sum', g, [0, 2, 3]) : undefined,
      ];
    },
    perSample: (k, { grad, inputs, attrs, needs }) => {
      checkSamples(name, space, inputs[0]);
      const { x, weight, g } = gradientPlanes(space, inputs, grad);
      return [
        undefined,
        needs[1] ? inShape(weightGradient(k, [g, x], attrs, weight.shape, true), inputs[1].shape) : undefined,
        needs[2] ? biasSquares(k, g) : undefined,
      ];
    },
    factors: (k, { grad, inputs, attrs, needs, range }) => {
      checkSamples(name, space, inputs[0]);
      const { x, weight, g } = gradientPlanes(space, inputs, grad);
      const [, outputs, ...plane] = g.shape;
      const split = [range[1] - range[0], attrs.groups, outputs / attrs.groups, plane[0] * plane[1]];
      const output = samplesOf(k, g, range).alias(split);
      return [
        undefined,
        needs[1] ? { output, input: patches(k, x, range, attrs, weight.shape, g.shape) } : undefined,
        needs[2] ? { output } : undefined,
      ];
    },
    samples,
  });
}
