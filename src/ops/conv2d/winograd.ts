import type { Kernel } from '../../../runtime/kernel';
import { kernelFamily } from '../../../runtime/kernel-family';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { f32Element, range, storage } from '../../../runtime/wgsl/write';
import resultSource from '../../../shaders/conv2d_winograd_result.wgsl';
import tilesSource from '../../../shaders/conv2d_winograd_tiles.wgsl';
import weightSource from '../../../shaders/conv2d_winograd_weight.wgsl';
import weightGradientSource from '../../../shaders/conv2d_winograd_weight_gradient.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { Epilogue } from '../matmul/epilogue';
import { multiply } from '../matmul/product';
import { epilogueConstants } from './epilogue';
import type { Geometry } from './geometry';

/*
 * Convolutions of 3 × 3 as products of 4 × 4 tiles: F(2 × 2, 3 × 3) of Lavin and Gray, arXiv:1509.09308. A tile of 2 × 2 pixels of
 * the output takes 16 multiplications a channel in place of 36, and as many products of matrices [O, C] · [C, tiles]. Rounding is
 * relative to the largest pixel of a tile: a small one beside it keeps a digit less than by adding up its own terms.
 */

/** Side of a tile of the input, and so planes of matrices in both directions. */
const SIDE = 4;
const PLANES = SIDE * SIDE;
/** Pixels of the output that a tile gives, each way. */
const STEP = 2;
/** Threads of a workgroup of the shaders. */
const THREADS = 32;
/** Elements of the tiles of a stretch of samples: about what a CPU's caches hold. */
const MOST_TILES = 2 ** 20;
/** Those of one sample, beyond which its tiles are too large for a buffer. */
const MOST_OF_SAMPLE = 2 ** 24;

/** Multiplications of a convolution below which more dispatches cost more than tiles save. */
const LEAST_MULTIPLICATIONS = 2 ** 22;
/** Multiplications that tiles may take, as a share of those without: rows and quads that reach over an edge are done in vain. */
const MOST_SHARE = 0.6;
/** Channels on either side, below which no adapter gains by tiles. */
const LEAST_CHANNELS = 8;

const weightKernel: Kernel = { name: 'conv2d.winogradWeight', source: weightSource };
const weightGradientKernel: Kernel = { name: 'conv2d.winogradWeightGradient', source: weightGradientSource };

/** Whether a convolution with a weight [O, C/groups, KH, KW] can be done by tiles, and there is a chance to gain. */
export const fitsTiles = (weight: Shape, { stride, padding, dilation, groups }: Geometry): boolean =>
  groups === 1 &&
  Math.min(weight[0], weight[1]) >= LEAST_CHANNELS &&
  weight[2] === 3 &&
  weight[3] === 3 &&
  [...stride, ...dilation].every((step) => step === 1) &&
  [...padding].every((zeros) => zeros <= 2);

/** Whether tiles save multiplications of a convolution with a weight [O, C, 3, 3] and a result [N, ·, OH, OW]. */
export function savesByTiles(weight: Shape, out: Shape): boolean {
  const { rows, quads } = tilesOf(out);
  const pixels = out[2] * out[3];
  const isLarge = sizeOf(weight) * out[0] * pixels >= LEAST_MULTIPLICATIONS;
  return isLarge && PLANES * rows * quads * 2 <= MOST_SHARE * 9 * pixels;
}

/** The tiles of a convolution's output: rows of them, and quads of pixels in a row, two tiles each. */
interface Tiles {
  readonly rows: number;
  readonly quads: number;
}

const tilesOf = ([, , height, width]: Shape): Tiles => ({
  rows: Math.ceil(height / STEP),
  quads: Math.ceil(width / 4),
});

/** Samples, one stretch of them. */
interface Stretch {
  readonly first: number;
  readonly batch: number;
}

/** Stretches of samples whose tiles of so many channels do not take too much room; undefined where one sample's do. */
function stretches(samples: number, channels: number, { rows, quads }: Tiles): Stretch[] | undefined {
  const ofSample = PLANES * channels * rows * quads * 2;
  if (ofSample > MOST_OF_SAMPLE) return undefined;
  const each = Math.max(1, Math.floor(MOST_TILES / ofSample));
  return range(Math.ceil(samples / each)).map((i) => ({
    first: i * each,
    batch: Math.min(each, samples - i * each),
  }));
}

interface TilesCall extends Epilogue {
  readonly x: Tensor;
  readonly weight: Tensor;
  /** Zeros around x. */
  readonly padding: readonly [number, number];
  /** Shape of the result. */
  readonly shape: Shape;
  /** Exchanges output and input channels of the weight, and has its taps last first. */
  readonly backwards: boolean;
}

/** Convolution of x, or the gradient of its input from that of its output; undefined where the tiles are too large. */
export function convolveByTiles(
  k: Kernels,
  { x, weight, padding, shape, backwards, ...epilogue }: TilesCall,
): Tensor | undefined {
  const tiles = tilesOf(shape);
  const parts = stretches(shape[0], Math.max(x.shape[1], shape[1]), tiles);
  if (!parts) return undefined;
  const out = k.empty(shape);
  using spread = spreadWeight(k, weight, backwards);
  for (const stretch of parts) {
    using seen = tilesSeen(k, x, tiles, stretch, { sees: 'input', padding });
    using products = multiply(spread, seen, { transposeA: backwards });
    gather(k, products, out, tiles, stretch, epilogue);
  }
  return out;
}

/** The gradient of the output, the input, the zeros around it, and the shape [O, C, 3, 3] of the result. */
interface WeightCall {
  readonly grad: Tensor;
  readonly x: Tensor;
  readonly padding: readonly [number, number];
  readonly shape: Shape;
}

/** Gradient of the weight; undefined where the tiles are too large. */
export function weightGradientByTiles(
  k: Kernels,
  { grad, x, padding, shape }: WeightCall,
): Tensor | undefined {
  const tiles = tilesOf(grad.shape);
  const parts = stretches(x.shape[0], Math.max(x.shape[1], grad.shape[1]), tiles);
  if (!parts) return undefined;
  let sum: Tensor | undefined;
  for (const stretch of parts) {
    using seen = tilesSeen(k, x, tiles, stretch, { sees: 'input', padding });
    using given = tilesSeen(k, grad, tiles, stretch, { sees: 'gradient', padding: [0, 0] });
    const part = multiply(given, seen, { transposeB: true });
    if (!sum) {
      sum = part;
      continue;
    }
    const both = k.elementwise('a + b', { a: sum, b: part });
    sum.dispose();
    part.dispose();
    sum = both;
  }
  const out = k.empty(shape);
  const kernels = shape[0] * shape[1];
  if (!sum) return k.fill(out, 0);
  k.run(weightGradientKernel, {
    outputs: [out],
    inputs: [sum],
    uniforms: { kernels },
    groups: Math.ceil(kernels / THREADS),
  });
  sum.dispose();
  return out;
}

/** A weight [O, C, 3, 3] as [16, O, C]. */
function spreadWeight(k: Kernels, weight: Tensor, mirrored: boolean): Tensor {
  const [outputs, inputs] = weight.shape;
  const out = k.empty([PLANES, outputs, inputs]);
  const kernels = outputs * inputs;
  k.run(weightKernel, {
    outputs: [out],
    inputs: [weight],
    uniforms: { kernels },
    groups: Math.ceil(kernels / THREADS),
    constants: { MIRRORED: Number(mirrored) },
  });
  return out;
}

interface Seen {
  /** What the tiles are of. */
  readonly sees: keyof typeof LEFT;
  readonly padding: readonly [number, number];
}

/** Tiles of some samples of an image, [16, C, tiles]. */
function tilesSeen(
  k: Kernels,
  image: Tensor,
  { rows, quads }: Tiles,
  { first, batch }: Stretch,
  { sees, padding }: Seen,
): Tensor {
  const [, channels, height, width] = image.shape;
  const out = k.empty([PLANES, channels, 2 * batch * rows * quads]);
  const wide = width === 4 * quads && (sees === 'gradient' || padding[1] === 1);
  k.run(tilesKernel({ sees, wide }), {
    outputs: [out],
    inputs: [image],
    uniforms: {
      ...{ first, batch, channels, height, width },
      ...{ tile_rows: rows, quads, pad_rows: padding[0], pad_columns: padding[1] },
    },
    groups: Math.ceil((channels * batch * rows * quads) / THREADS),
  });
  return out;
}

/** Stores what the tiles [16, O, tiles] come to. */
function gather(
  k: Kernels,
  products: Tensor,
  out: Tensor,
  { rows, quads }: Tiles,
  { first, batch }: Stretch,
  epilogue: Epilogue,
): void {
  const [, channels, height, width] = out.shape;
  k.run(resultKernel({ wide: width % 4 === 0 }), {
    outputs: [out],
    inputs: [products, epilogue.bias ?? products],
    uniforms: { first, batch, channels, height, width, tile_rows: rows, quads },
    groups: Math.ceil((channels * batch * rows * quads) / THREADS),
    constants: epilogueConstants(epilogue),
  });
}

/** L of a tile's L X Lᵀ, each row as the terms that it adds up: Bᵀ for the input, A for the gradient of the output. */
const LEFT = {
  input: ['0 - 2', '1 + 2', '2 - 1', '1 - 3'],
  gradient: ['0', '0 + 1', '0 - 1', '- 1'],
} as const;

const tilesKernel = kernelFamily((form: { readonly sees: keyof typeof LEFT; readonly wide: boolean }) => ({
  name: `conv2d.winogradTiles.${form.sees}`,
  source: writeTiles(form),
}));

const resultKernel = kernelFamily(({ wide }: { readonly wide: boolean }) => ({
  name: 'conv2d.winogradResult',
  source: fillRegions(resultSource, {
    operands: storage(1, 'read_write', 'out', f32Element(wide)),
    ...(wide && { store: 'out[(at + column) / 4u] = values;' }),
  }),
}));

function writeTiles({ sees, wide }: { readonly sees: keyof typeof LEFT; readonly wide: boolean }): string {
  const side = sees === 'input' ? SIDE : STEP;
  const left = LEFT[sees];
  const named = (terms: string, name: (i: string) => string) => terms.replace(/\d/g, name);
  return fillRegions(tilesSource, {
    operand: storage(2, 'read', 'image', f32Element(wide)),
    ...(wide && { pixel: '' }),
    pixels: range(side)
      .flatMap((i) => (wide ? quadRow(sees, i) : pixelRow(side, i)))
      .join('\n'),
    transform: [
      ...range(side).flatMap((i) =>
        left.map((terms, j) => `let y${i}_${j} = ${named(terms, (c) => `x${i}_${c}`)};`),
      ),
      ...left.flatMap((terms, i) =>
        range(SIDE).map(
          (j) => `tiles[pair + ${i * SIDE + j}u * plane] = ${named(terms, (r) => `y${r}_${j}`)};`,
        ),
      ),
    ].join('\n'),
  });
}

/** A row of both tiles' pixels, each read by itself. */
const pixelRow = (side: number, i: number): string[] =>
  range(side).map(
    (j) =>
      `let x${i}_${j} = vec2<f32>(pixel(at, top + ${i}u, left + ${j}u), pixel(at, top + ${i}u, left + ${j + STEP}u));`,
  );

/** The same from a quad, and of the input from the pixel on either side. */
const quadRow = (sees: keyof typeof LEFT, i: number): string[] => [
  `let row${i} = top + ${i}u;`,
  `let inside${i} = row${i} < params.height;`,
  `let quad${i} = select(0u, at / 4u + row${i} * params.quads + q, inside${i});`,
  `let here${i} = select(vec4<f32>(), image[quad${i}], inside${i});`,
  ...(sees === 'gradient'
    ? [`let x${i}_0 = here${i}.xz;`, `let x${i}_1 = here${i}.yw;`]
    : [
        `let before${i} = select(0.0, image[max(quad${i}, 1u) - 1u].w, inside${i} & (q > 0u));`,
        `let after${i} = select(0.0, image[quad${i} + 1u].x, inside${i} & (q + 1u < params.quads));`,
        `let x${i}_0 = vec2<f32>(before${i}, here${i}.y);`,
        `let x${i}_1 = here${i}.xz;`,
        `let x${i}_2 = here${i}.yw;`,
        `let x${i}_3 = vec2<f32>(here${i}.z, after${i});`,
      ]),
];
