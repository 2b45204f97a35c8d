import type { Kernel } from '../../runtime/kernel';
import type { Varying } from '../../runtime/varying';
import source from '../../shaders/augment.wgsl';
import { aCount, aNumber, aVarying, numbers, optional, options } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { type Shape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { checkWord, type RandomKey } from './random-key';
import { constant, randn, sample } from './sample';

const kernel: Kernel = { name: 'augment', source };

/** Channels that can be filled by a value of their own. */
const MOST_FILLED = [0, 1, 2, 3];
/** Philox streams of their own, so that crops, flips and initial weights under one seed are independent. */
const CROP_STREAM = 0x63726f70;
const FLIP_STREAM = 0x666c6970;

/** Options of `randomCrop`. */
export interface RandomCropOptions extends RandomKey {
  /** Pixels put around the image before it is cut back to its size. */
  readonly padding: number;
  /** What these are, a value for each of at most four channels; default 0. */
  readonly fill?: readonly number[];
}

/** Options of `randomFlip`. */
export interface RandomFlipOptions extends RandomKey {
  /** Probability that an image is mirrored; default 0.5. */
  readonly p?: number;
}

interface Change {
  readonly padding: number;
  readonly flipP: number;
  readonly fill?: readonly number[];
  readonly seed: number;
  readonly stream: number;
  readonly offset: Varying;
}

type CropArgs = [x: Tensor, options: RandomCropOptions];
type FlipArgs = [x: Tensor, options: RandomFlipOptions];

function checkImages(op: string, x: Tensor): Shape {
  if (x.shape.length === 4 && x.dtype === 'f32') return x.shape;
  throw new ShapeError(`${op}: images must be f32 [N,C,H,W], got ${x}`);
}

/** Draws for image n come from Philox counter (n, offset), so that a resumed run sees the same images. */
function augment(k: Kernels, x: Tensor, { padding, flipP, fill = [], ...key }: Change): Tensor {
  const [images, channels, height, width] = x.shape;
  const rows = images * channels * height;
  const y = k.empty(x.shape);
  const draws = k.random('uniform', k.empty([images, 4]), key);
  k.run(kernel, {
    outputs: [y],
    inputs: [x, draws],
    uniforms: {
      rows,
      channels,
      height,
      width,
      padding,
      flip_p: flipP,
      fill: MOST_FILLED.map((c) => fill[c] ?? 0),
    },
    groups: Math.ceil((rows * Math.ceil(width / 4)) / 64),
  });
  draws.dispose();
  return y;
}

/**
 * Moves each image by up to `padding` pixels in each direction: zeros, or `fill`, are put around it, and a random window
 * of its own size is cut out. Without a gradient; the same seed and offset give the same windows.
 * @param x [N, C, H, W] f32
 * @throws ShapeError
 * @example
 * ```ts
 * const moved = ops.randomCrop(gpu.randn([8, 3, 32, 32]), { padding: 4, seed: 0, offset: 12 });
 * moved.shape; // → [8, 3, 32, 32]
 * ```
 */
export const randomCrop = defineOp({
  name: 'randomCrop',
  takes: {
    x: singles,
    options: options({
      padding: aCount,
      fill: optional(numbers),
      seed: aVarying,
      offset: optional(aVarying),
    }),
  },
  parse: (...[x, { padding, fill, seed, offset = 0 }]: CropArgs) => {
    if (!Number.isInteger(padding) || padding < 0) {
      throw new ShapeError(`randomCrop: padding is ${padding}, expected a whole number of at least 0`);
    }
    if (fill && (fill.length !== x.shape[1] || fill.length > MOST_FILLED.length)) {
      throw new ShapeError(
        `randomCrop: fill has ${fill.length} values, expected one for each channel of ${x}, of at most ${MOST_FILLED.length}`,
      );
    }
    checkWord('randomCrop', 'seed', seed);
    checkWord('randomCrop', 'offset', offset);
    return { inputs: [x] as const, attrs: { padding, flipP: 0, fill, seed, stream: CROP_STREAM, offset } };
  },
  shape: ({ inputs: [x] }) => checkImages('randomCrop', x),
  forward: (k, { inputs: [x], attrs }) => augment(k, x, attrs),
  samples: () => [
    sample<CropArgs>('two channels', constant(randn([7, 2, 5, 6])), { padding: 2, seed: 3 }),
    sample<CropArgs>('a later step', constant(randn([7, 1, 4, 4])), { padding: 4, seed: 3, offset: 9 }),
    sample<CropArgs>('filled', constant(randn([3, 2, 4, 4])), { padding: 3, fill: [0.5, -2], seed: 3 }),
    sample<CropArgs>('no padding', constant(randn([2, 1, 3, 3])), { padding: 0, seed: 3 }),
  ],
});

/**
 * Mirrors each image left to right with probability p. Without a gradient; the same seed and offset give the same
 * choice.
 * @param x [N, C, H, W] f32
 * @throws ShapeError
 * @example
 * ```ts
 * ops.randomFlip(gpu.tensor([1, 2], [1, 1, 1, 2]), { p: 1, seed: 0 }); // → [[[[2, 1]]]]
 * ```
 */
export const randomFlip = defineOp({
  name: 'randomFlip',
  takes: {
    x: singles,
    options: options({ p: optional(aNumber), seed: aVarying, offset: optional(aVarying) }),
  },
  parse: (...[x, { p = 0.5, seed, offset = 0 }]: FlipArgs) => {
    if (!(p >= 0 && p <= 1))
      throw new ShapeError(`randomFlip: p is ${p}, expected a probability from 0 to 1`);
    checkWord('randomFlip', 'seed', seed);
    checkWord('randomFlip', 'offset', offset);
    return { inputs: [x] as const, attrs: { padding: 0, flipP: p, seed, stream: FLIP_STREAM, offset } };
  },
  shape: ({ inputs: [x] }) => checkImages('randomFlip', x),
  forward: (k, { inputs: [x], attrs }) => augment(k, x, attrs),
  samples: () => [
    sample<FlipArgs>('half of the images by default', constant(randn([9, 2, 3, 5])), { seed: 4 }),
    sample<FlipArgs>('a later step', constant(randn([9, 1, 2, 6])), { p: 0.7, seed: 4, offset: 2 }),
    sample<FlipArgs>('every image', constant(randn([3, 1, 2, 3])), { p: 1, seed: 4 }),
  ],
});
