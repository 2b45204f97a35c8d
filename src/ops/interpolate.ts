import type { Kernel } from '../../runtime/kernel';
import { knowSnippets } from '../../runtime/wgsl/imports';
import forwardSource from '../../shaders/resize.wgsl';
import backwardSource from '../../shaders/resize_backward.wgsl';
import reading from '../../shaders/snippets/resize.wgsl';
import { ArgumentError, aFlag, kind, oneOf, optional, options } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { formatShape, type Shape, ShapeError, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample } from './sample';

knowSnippets({ resize: reading });

const forwardKernel: Kernel = { name: 'interpolate.forward', source: forwardSource };
const backwardKernel: Kernel = { name: 'interpolate.backward', source: backwardSource };

const MODES = ['nearest', 'nearest-exact', 'linear', 'bilinear', 'trilinear', 'bicubic', 'area'] as const;
/** Spatial axes of the modes that are for so many of them alone. */
const AXES_OF: Readonly<Record<string, number>> = { linear: 1, bilinear: 2, bicubic: 2, trilinear: 3 };

/** Options of `interpolate`. */
export interface InterpolateOptions {
  /** Of the result, one number for all spatial axes or one each. Either this or `scaleFactor`. */
  readonly size?: number | readonly number[];
  /** Lengths of the result in those of x, rounded down; one number or one each. */
  readonly scaleFactor?: number | readonly number[];
  /**
   * Default 'nearest'. 'linear' is for one spatial axis, 'bilinear' and 'bicubic' for two, 'trilinear' for three; 'area' is the mean of
   * what an element covers.
   */
  readonly mode?: (typeof MODES)[number];
  /** Whether the outer values stay at the ends, of linear and cubic modes; default false: pixels are areas. */
  readonly alignCorners?: boolean;
  /** Whether scales follow from the lengths that come out, and not from `scaleFactor`; default false. */
  readonly recomputeScaleFactor?: boolean;
}

type Args = [x: Tensor, options: InterpolateOptions];

/** How an axis is read: element i of the result at scale (i + shift) − shift. */
interface Reading {
  readonly length: number;
  readonly scale: number;
  readonly shift: number;
}

interface Attrs {
  /** Of each spatial axis. */
  readonly readings: readonly Reading[];
  /** MODE of the shaders. */
  readonly kernelMode: number;
}

const [NEAREST, LINEAR, CUBIC, AREA] = [0, 1, 2, 3];
const KERNEL_MODES: Readonly<Record<string, number>> = {
  nearest: NEAREST,
  'nearest-exact': NEAREST,
  bicubic: CUBIC,
  area: AREA,
};

const sizes = kind(
  'a number or an array of numbers',
  (value) =>
    typeof value === 'number' || (Array.isArray(value) && value.every((one) => typeof one === 'number')),
);

/** One number for each spatial axis. @throws ShapeError unless all of them are right */
function each(
  name: string,
  given: number | readonly number[],
  axes: number,
  isRight: (one: number) => boolean,
  expected: string,
): readonly number[] {
  const list = typeof given === 'number' ? new Array<number>(axes).fill(given) : given;
  if (list.length === axes && list.every(isRight)) return list;
  const shown = typeof given === 'number' ? `${given}` : formatShape(given);
  throw new ShapeError(
    `interpolate: ${name} is ${shown}, expected ${expected}, or ${axes} of them for the ${axes} spatial axes`,
  );
}

function readingsOf(x: Tensor, options: InterpolateOptions): Attrs {
  const { size, scaleFactor, mode = 'nearest', alignCorners, recomputeScaleFactor = false } = options;
  const spatial = x.shape.slice(2);
  const wanted = AXES_OF[mode] ?? spatial.length;
  if (spatial.length < 1 || spatial.length > 3 || wanted !== spatial.length) {
    const form =
      wanted < 1 || wanted > 3 ? '[N, C, L], [N, C, H, W] or [N, C, D, H, W]' : `[N, C] and ${wanted} axes`;
    throw new ShapeError(`interpolate: input is ${x}, expected ${form} for the mode '${mode}'`);
  }
  const kernelMode = KERNEL_MODES[mode] ?? LINEAR;
  const isSmooth = kernelMode === LINEAR || kernelMode === CUBIC;
  if (!isSmooth && alignCorners !== undefined)
    throw new ShapeError(`interpolate: alignCorners is for linear and cubic modes, the mode is '${mode}'`);
  if ((size === undefined) === (scaleFactor === undefined))
    throw new ShapeError('interpolate: expected either size or scaleFactor');
  const factors =
    scaleFactor === undefined
      ? undefined
      : each(
          'scaleFactor',
          scaleFactor,
          spatial.length,
          (one) => one > 0 && one < Infinity,
          'a number above 0',
        );
  const lengths =
    factors?.map((factor, axis) => Math.floor(spatial[axis] * factor)) ??
    each(
      'size',
      size ?? [],
      spatial.length,
      (one) => Number.isInteger(one) && one > 0,
      'a whole number above 0',
    );
  if (spatial.includes(0) || lengths.includes(0))
    throw new ShapeError(
      `interpolate: ${formatShape(spatial)} would become ${formatShape(lengths)}, expected lengths of at least 1`,
    );
  const shift = isSmooth || mode === 'nearest-exact' ? 0.5 : 0;
  const readings = spatial.map((from, axis): Reading => {
    const length = lengths[axis];
    if (alignCorners) return { length, scale: length > 1 ? (from - 1) / (length - 1) : 0, shift: 0 };
    const isGiven = factors && !recomputeScaleFactor && mode !== 'area';
    return { length, scale: isGiven ? 1 / factors[axis] : from / length, shift };
  });
  return { readings, kernelMode };
}

/** One spatial axis of x [..., length, ...] resized, or the gradient of that. */
function resize(
  k: Kernels,
  x: Tensor,
  axis: number,
  { readings, kernelMode }: Attrs,
  backTo?: number,
): Tensor {
  const { length, scale, shift } = readings[axis - 2];
  const shape = x.shape.with(axis, backTo ?? length);
  const y = k.empty(shape);
  k.run(backTo === undefined ? forwardKernel : backwardKernel, {
    outputs: [y],
    inputs: [x],
    uniforms: {
      outer: sizeOf(x.shape.slice(0, axis)),
      length: backTo ?? x.shape[axis],
      to_length: length,
      inner: sizeOf(x.shape.slice(axis + 1)),
      scale,
      shift,
    },
    groups: Math.ceil(y.size / 64),
    constants: { MODE: kernelMode },
  });
  return y;
}

/** Whether an axis stays as it is. */
const isSame = ({ length, scale }: Reading, from: number): boolean => length === from && scale === 1;

/**
 * Images, sequences or volumes of another size, as torch's F.interpolate; each spatial axis after the other. The gradient adds up
 * in a fixed order.
 * @param x [N, C, L], [N, C, H, W] or [N, C, D, H, W], f32 or f16
 * @returns [N, C, ...] of the size asked for, f32
 * @throws ShapeError
 * @example
 * ```ts
 * ops.interpolate(gpu.tensor([[[1, 3]]]), { size: 4 }); // → [[[1, 1, 3, 3]]]
 * ops.interpolate(gpu.tensor([[[1, 3]]]), { size: 4, mode: 'linear' }); // → [[[1.0, 1.5, 2.5, 3.0]]]
 * ```
 */
export const interpolate = defineOp({
  name: 'interpolate',
  takes: {
    x: floats,
    options: options({
      size: optional(sizes),
      scaleFactor: optional(sizes),
      mode: optional(oneOf(...MODES)),
      alignCorners: optional(aFlag),
      recomputeScaleFactor: optional(aFlag),
    }),
  },
  parse: (...[x, options]: Args) => ({ inputs: [x] as const, attrs: readingsOf(x, options) }),
  shape: ({ inputs: [x], attrs: { readings } }) => [
    ...x.shape.slice(0, 2),
    ...readings.map(({ length }) => length),
  ],
  forward: (k, { inputs: [x], attrs, shape }) =>
    k.gpu.scope(() => {
      const last = attrs.readings.reduce(
        (before, reading, i) => (isSame(reading, x.shape[2 + i]) ? before : resize(k, before, 2 + i, attrs)),
        x,
      );
      return last === x ? k.elementwise('x', { x }, { shape }) : last;
    }),
  backward: (k, { grad, inputs: [x], attrs }) => [
    attrs.readings.reduceRight(
      (after, reading, i) =>
        isSame(reading, x.shape[2 + i]) ? after : resize(k, after, 2 + i, attrs, x.shape[2 + i]),
      grad,
    ),
  ],
  samples: () => [
    sample<Args>('nearest by default, twice the size', randn([2, 2, 2, 3]), { scaleFactor: 2 }),
    sample<Args>('bilinear to a size', randn([1, 2, 3, 4]), { size: [5, 3], mode: 'bilinear' }),
    sample<Args>('bilinear, corners aligned', randn([1, 1, 3, 2]), {
      size: [4, 5],
      mode: 'bilinear',
      alignCorners: true,
    }),
    sample<Args>('bicubic', randn([1, 1, 3, 4]), { size: [5, 3], mode: 'bicubic' }),
    sample<Args>('area, smaller and larger', randn([1, 1, 5, 2]), { size: [3, 3], mode: 'area' }),
    sample<Args>('linear, smaller', randn([2, 1, 7]), { scaleFactor: 0.5, mode: 'linear' }),
    sample<Args>('nearest-exact of a volume', randn([1, 1, 2, 3, 2]), { size: 3, mode: 'nearest-exact' }),
  ],
});

type ShuffleArgs = [x: Tensor, factor: number];

/** @throws ShapeError unless x is [..., C, H, W] and the factor fits */
function shuffled(op: string, x: Tensor, factor: number, isBack: boolean) {
  const lead = x.shape.slice(0, -3);
  const [channels, height, width] = x.shape.slice(-3);
  if (x.shape.length < 3) throw new ShapeError(`${op}: input must be [..., C, H, W], got ${x}`);
  if (!Number.isInteger(factor) || factor < 1)
    throw new ArgumentError(op, 'factor', `${factor}`, 'a whole number of at least 1');
  const squares = factor * factor;
  const fits = isBack ? height % factor === 0 && width % factor === 0 : channels % squares === 0;
  if (!fits) {
    const rule = isBack ? `height and width that ${factor} divides` : `channels that ${squares} divides`;
    throw new ShapeError(`${op}: input is ${formatShape(x.shape)}, expected ${rule}`);
  }
  const small = isBack ? [height / factor, width / factor] : [height, width];
  const deep = isBack ? channels : channels / squares;
  const apart: Shape = isBack
    ? [sizeOf(lead) * deep, small[0], factor, small[1], factor]
    : [sizeOf(lead) * deep, factor, factor, ...small];
  const shape: Shape = isBack
    ? [...lead, deep * squares, ...small]
    : [...lead, deep, small[0] * factor, small[1] * factor];
  return { apart, shape };
}

/** Axes [c, r, r, h, w] to [c, h, r, w, r], and back. */
const SHUFFLE = [0, 3, 1, 4, 2];
const UNSHUFFLE = [0, 2, 4, 1, 3];

const defineShuffle = (name: string, isBack: boolean) => {
  const order = isBack ? UNSHUFFLE : SHUFFLE;
  return defineOp({
    name,
    takes: { x: floats, factor: kind('a whole number of at least 1', (value) => typeof value === 'number') },
    parse: (...[x, factor]: ShuffleArgs) => ({
      inputs: [x] as const,
      attrs: shuffled(name, x, factor, isBack),
    }),
    shape: ({ attrs: { shape } }) => shape,
    forward: (k, { inputs: [x], attrs: { apart, shape } }) =>
      k.gpu.scope(() => k.permute(x.alias(apart), order).alias(shape)),
    backward: (k, { grad, inputs: [x], attrs: { apart } }) => {
      const moved = order.map((axis) => apart[axis]);
      const back = order.map((_, axis) => order.indexOf(axis));
      return [k.permute(grad.alias(moved), back).alias(x.shape)];
    },
    samples: () => [
      sample<ShuffleArgs>('images', randn(isBack ? [2, 1, 4, 6] : [2, 8, 2, 3]), 2),
      sample<ShuffleArgs>('a single image', randn(isBack ? [2, 3, 6] : [18, 1, 2]), 3),
    ],
  });
};

/**
 * Channels to pixels, [..., C r², H, W] to [..., C, H r, W r], by Shi et al. (2016); as torch's F.pixel_shuffle.
 * @example
 * ```ts
 * ops.pixelShuffle(gpu.tensor([[[1]], [[2]], [[3]], [[4]]]), 2); // → [[[1, 2], [3, 4]]]
 * ```
 * @throws ShapeError
 */
export const pixelShuffle = defineShuffle('pixelShuffle', false);

/**
 * Pixels to channels, [..., C, H r, W r] to [..., C r², H, W]; the inverse of `pixelShuffle`.
 * @example
 * ```ts
 * ops.pixelUnshuffle(gpu.tensor([[[1, 2], [3, 4]]]), 2); // → [[[1]], [[2]], [[3]], [[4]]]
 * ```
 * @throws ShapeError
 */
export const pixelUnshuffle = defineShuffle('pixelUnshuffle', true);
