import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import { areShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import type { Way } from '../../tensor/variants';
import type { Activated, ForwardCall } from '../define';
import { brought } from './brought';
import { convolveAnywhere, inputGradientAnywhere, weightGradientAnywhere } from './general';
import type { Geometry } from './geometry';
import { convolveByLanes, forwardTiling, gradientTiling } from './lanes';
import { weightByLanes } from './lanes-weight';
import { convolvePixels, isPointwise, pixelGradient, pointwiseWeightGradient } from './product';
import { stream } from './stream';
import { holdsChannels, isRagged, mirrored, streamPlane } from './stream-plane';
import { streamWeightGradient } from './stream-weight';
import { convolveByTiles, fitsTiles, savesByTiles, weightGradientByTiles } from './winograd';

/*
 * The seven ways to convolve. Each is a file of this folder, and its shader has its name: shaders/conv2d_<way>.wgsl.
 *
 * | way          | computes                              | wins                                                        |
 * | ------------ | ------------------------------------- | ----------------------------------------------------------- |
 * | product      | all three, as a matrix product (the   | kernels of one pixel over 16 channels and more              |
 * |              | shaders of ../matmul)                 |                                                             |
 * | stream       | all three (its weight gradient in     | few channels, stride 1, a width that is kept: depthwise     |
 * |              | conv2d_stream_weight)                 | kernels above all                                           |
 * | lanes        | the result, the gradient of the input | many channels: every pixel read serves 4 to 32 of them; the |
 * |              |                                       | lanes shuffle weights on lavapipe, and swap them in quads on|
 * |              |                                       | SwiftShader (lanes-quads.ts)                                |
 * | lanes-weight | the gradient of the weight            | many channels on a CPU that has subgroups                   |
 * | lines        | all three (its weight gradient in     | 3 or 5 taps in a row on lavapipe, where Node brings it: 6   |
 * |              | conv2d_lines_weight)                  | multiplications in place of 12, or 8 in place of 20         |
 * | winograd     | all three (a shader for each step:    | kernels of 3 × 3 over many channels, on CPU adapters: 16    |
 * |              | conv2d_winograd_*)                    | multiplications in place of 36                              |
 * | general      | all three (its weight gradient in     | nowhere, but it can do whatever the others cannot           |
 * |              | conv2d_general_weight)                |                                                             |
 */

/** Options with everything filled in. */
type Attrs = Geometry & Activated;
type Forward = ForwardCall<readonly [x: Tensor, weight: Tensor, bias: Tensor | undefined], Attrs>;

/** The gradient of the output, and the other factor of what is computed from it. */
type Operands = readonly [grad: Tensor, other: Tensor];

/** Channels on either side from which on tiles gain: what they take grows with the channels, what they save with their product. */
const MANY_CHANNELS = {
  convolve: { gpu: Number.POSITIVE_INFINITY, lavapipe: 128, swiftshader: 64 },
  weight: { gpu: Number.POSITIVE_INFINITY, lavapipe: 32, swiftshader: 16 },
} as const;

/** Where lines gain on lavapipe. */
const LINES = {
  /** Rows of a kernel over all input channels, below which reading lines costs more than they save. */
  leastRows: 12,
  /** Channels on either side from which on tiles gain more. */
  tilesFrom: 128,
};

/** So few channels to read are best kept in one thread's registers. */
const FEW_CHANNELS = 4;

/** The likeliest first. */
function inOrder(
  k: Kernels,
  channels: number,
  runs: Readonly<Record<'lanes' | 'stream' | 'general', Way<Tensor>[1]>>,
): Way<Tensor>[] {
  const { lanes, stream, general } = runs;
  const ways: Way<Tensor>[] = [
    ['stream', stream],
    ['lanes', lanes],
  ];
  if (k.gpu.adapter.software && channels > FEW_CHANNELS) ways.reverse();
  return [...ways, ['general', general]];
}

/** Adds tiles to the ways, first where they gain by the measurements on this kind of adapter. */
function addTiles(
  k: Kernels,
  ways: Way<Tensor>[],
  weight: Shape,
  out: Shape,
  what: keyof typeof MANY_CHANNELS,
  run: Way<Tensor>[1],
): void {
  const many = MANY_CHANNELS[what][k.gpu.adapter.kind];
  if (Math.min(weight[0], weight[1]) >= many && savesByTiles(weight, out)) ways.unshift(['winograd', run]);
  else ways.push(['winograd', run]);
}

/** Adds lines to the ways of a convolution that meets `channels` by a weight, ahead of others where they gain. */
function addLines(
  k: Kernels,
  ways: Way<Tensor>[],
  weight: Shape,
  { channels, shown }: { readonly channels: number; readonly shown: boolean },
  run: Way<Tensor>[1],
): void {
  if (k.gpu.adapter.kind !== 'lavapipe') return;
  const gains = shown && channels * weight[2] >= LINES.leastRows;
  const hasTiles = ways[0][0] === 'winograd' && Math.min(weight[0], weight[1]) >= LINES.tilesFrom;
  ways.splice(gains ? Number(hasTiles) : ways.length, 0, ['lines', run]);
}

/** x [N, C, H, W], weight [O, C/groups, KH, KW], bias [O] to [N, O, OH, OW]. */
export function convolve(k: Kernels, { inputs, attrs, shape }: Forward): Tensor {
  const sizes = sizesOf(inputs[0].shape, inputs[1].shape, attrs);
  return k.gpu.variants.pick('conv2d', sizes, inputs, (x, weight, bias) => {
    const epilogue = { bias, relu: attrs.activation === 'relu' };
    const call = { x, weight, ...epilogue, groups: attrs.groups, shape, backwards: false };
    const channels = weight.shape[1];
    const plane = streamPlane(k, x.shape, weight.shape, shape, attrs);
    const shown = areShown(2 * sizeOf(shape) * sizeOf(weight.shape.slice(1)), x, weight);
    const tiling = forwardTiling(weight.shape, attrs, shape, shown);
    const holds = plane && holdsChannels(plane, channels);
    const ways = inOrder(k, channels, {
      lanes: () => tiling && convolveByLanes(k, { ...call, tiling }),
      stream: () => (holds ? stream(k, { ...call, plane }) : undefined),
      general: () => convolveAnywhere(k, x, weight, epilogue, attrs, shape),
    });
    if (!bias && isPointwise(x.shape, weight.shape, shape, attrs)) {
      ways.unshift(['product', () => convolvePixels(x, weight, shape, epilogue)]);
    }
    if (fitsTiles(weight.shape, attrs)) {
      const tiles = { x, weight, shape, backwards: false, padding: attrs.padding, ...epilogue };
      addTiles(k, ways, weight.shape, shape, 'convolve', () => convolveByTiles(k, tiles));
    }
    const byLines = () => tiling && brought.convolve?.(k, { ...call, tiling });
    addLines(k, ways, weight.shape, { channels, shown }, byLines);
    return ways;
  });
}

/** Gradient of the input, of shape `shape`, from that of the output and the weight. */
export function inputGradient(k: Kernels, inputs: Operands, geometry: Geometry, shape: Shape): Tensor {
  const { groups } = geometry;
  const sizes = sizesOf(shape, inputs[1].shape, geometry);
  return k.gpu.variants.pick('conv2d input gradient', sizes, inputs, (grad, weight) => {
    const call = { x: grad, weight, groups, shape, backwards: true };
    const channels = weight.shape[0] / groups;
    const plane = streamPlane(k, shape, weight.shape, grad.shape, geometry);
    const holds = plane && holdsChannels(plane, channels);
    // Each pass shows them anew, and there are as many as pixels of a stride.
    const flopsOfPass = (2 * grad.size * sizeOf(weight.shape.slice(1))) / sizeOf(geometry.stride);
    const shown = areShown(flopsOfPass, grad, weight);
    const tiling = gradientTiling(weight.shape, geometry, shape, shown);
    const ways = inOrder(k, channels, {
      lanes: () => tiling && convolveByLanes(k, { ...call, tiling }),
      stream: () => (holds ? stream(k, { ...call, plane: mirrored(plane) }) : undefined),
      general: () => inputGradientAnywhere(k, grad, weight, geometry, shape),
    });
    if (isPointwise(shape, weight.shape, grad.shape, geometry)) {
      ways.unshift(['product', () => pixelGradient(k, grad, weight, shape)]);
    }
    if (fitsTiles(weight.shape, geometry)) {
      const [down, across] = geometry.padding;
      const tiles = { x: grad, weight, shape, backwards: true, padding: [2 - down, 2 - across] as const };
      addTiles(k, ways, weight.shape, shape, 'convolve', () => convolveByTiles(k, tiles));
    }
    const byLines = () => tiling && brought.convolve?.(k, { ...call, tiling });
    addLines(k, ways, weight.shape, { channels, shown }, byLines);
    return ways;
  });
}

/**
 * Gradient of the weight, of shape `shape`, from that of the output and the input; with `perSample` the sum over samples
 * of the squares of each sample's own gradient.
 */
export function weightGradient(
  k: Kernels,
  inputs: Operands,
  geometry: Geometry,
  shape: Shape,
  perSample: boolean,
): Tensor {
  const op = perSample ? 'conv2d per sample' : 'conv2d weight gradient';
  const sizes = sizesOf(inputs[1].shape, shape, geometry);
  return k.gpu.variants.pick(op, sizes, inputs, (grad, x) => {
    const call = { grad, x, shape, perSample };
    const plane = streamPlane(k, x.shape, shape, grad.shape, geometry);
    const whole: Way<Tensor>[] = [
      ['stream', () => plane && streamWeightGradient(k, { ...call, groups: geometry.groups, plane })],
      ['lanes-weight', () => weightByLanes(k, { ...call, geometry })],
    ];
    if (isRagged(x.shape[3]) && shape[1] > FEW_CHANNELS) whole.reverse();
    const ways: Way<Tensor>[] = [
      ...whole,
      ['general', () => weightGradientAnywhere(k, grad, x, geometry, shape, perSample)],
    ];
    if (!perSample && isPointwise(x.shape, shape, grad.shape, geometry)) {
      ways.unshift(['product', () => pointwiseWeightGradient(k, grad, x, shape)]);
    }
    if (!perSample && fitsTiles(shape, geometry)) {
      const tiles = { grad, x, padding: geometry.padding, shape };
      addTiles(k, ways, shape, grad.shape, 'weight', () => weightGradientByTiles(k, tiles));
    }
    const shown = areShown(2 * grad.size * sizeOf(shape.slice(1)), grad, x);
    const byLines = () => brought.weightGradient?.(k, { ...call, geometry });
    addLines(k, ways, shape, { channels: shape[1], shown }, byLines);
    return ways;
  });
}

/** What the time of a convolution depends on. */
const sizesOf = (x: Shape, weight: Shape, { stride, dilation, groups }: Geometry): number[] => [
  ...x,
  ...weight,
  ...stride,
  ...dilation,
  groups,
];
