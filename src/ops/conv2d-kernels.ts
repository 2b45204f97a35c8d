import { fillTemplate, kernelFamily } from '../../runtime/kernel';
import correlateSource from '../../shaders/conv2d_correlate.wgsl';
import weightSource from '../../shaders/conv2d_weight.wgsl';
import { type Epilogue, epilogueConstants } from '../tensor/epilogue';
import type { Kernels } from '../tensor/kernels';
import { type Shape, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Pair } from './pair';

export interface Geometry {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

/** One axis of a convolution, in pixels: output position y meets input position y * stride − padding + tap * dilation. */
interface Axis {
  readonly input: number;
  readonly output: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  /** Elements from one pixel to the next, in the input, the output and the kernel. */
  readonly inputStep: number;
  readonly outputStep: number;
  readonly tapStep: number;
}

/** One axis of a correlation: position y reads first + y * step + tap * spacing, at which the weights are tap * weightStep on. */
interface CorrelationAxis {
  readonly outputs: number;
  readonly outFirst: number;
  readonly outStep: number;
  readonly inputs: number;
  readonly inputStep: number;
  readonly first: number;
  readonly step: number;
  readonly spacing: number;
  readonly taps: number;
  readonly weightFirst: number;
  readonly weightStep: number;
}

/** Register tile of a correlation, channels × positions: with few channels a kernel is short and compiles fast. */
const CORRELATE_TILE = { rows: 4, tall: 16 };
/** Register tile of a weight gradient, output channels × taps (or input channels); half the rows were slower. */
const WEIGHT_TILE = { rows: 8, columns: 8 };
const WORKGROUP = 64;
/** Threads that a weight gradient is split into, where its weights are fewer. */
const SPLIT_THREADS = { software: 2048, gpu: 16384 };

interface Tile {
  readonly rows: number;
  readonly columns: number;
}

/** A kernel in every size of tile; its shader calls the second size by a name of its own. */
const tiled = (name: string, source: string, columnsName: string) =>
  kernelFamily(({ rows, columns }: Tile) => ({
    name: `${name}.${rows}x${columns}`,
    source: fillTemplate(source, { tile: `const ROWS = ${rows}u;\nconst ${columnsName} = ${columns}u;` }),
  }));
const correlateKernel = tiled('conv2d.correlate', correlateSource, 'TALL');
const weightKernel = tiled('conv2d.weight', weightSource, 'COLUMNS');

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Length of tiles that cover `count` with as little waste as possible. */
const tileLength = (count: number, max: number): number =>
  Math.max(1, Math.ceil(count / Math.ceil(count / max)));

/** Both axes, that with the longer kernel first: kernels slide their windows along it. */
function axesOf(x: Shape, weight: Shape, out: Shape, { stride, padding, dilation }: Geometry): [Axis, Axis] {
  const axis = (i: 0 | 1): Axis => ({
    input: x[2 + i],
    output: out[2 + i],
    taps: weight[2 + i],
    stride: stride[i],
    padding: padding[i],
    dilation: dilation[i],
    inputStep: i === 0 ? x[3] : 1,
    outputStep: i === 0 ? out[3] : 1,
    tapStep: i === 0 ? weight[3] : 1,
  });
  const [rows, columns] = [axis(0), axis(1)];
  return rows.taps >= columns.taps ? [rows, columns] : [columns, rows];
}

/** x [N, C, H, W], weight [O, C/groups, KH, KW], bias [O] to [N, O, OH, OW]. */
export function convolve(
  k: Kernels,
  x: Tensor,
  weight: Tensor,
  epilogue: Epilogue,
  geometry: Geometry,
  shape: Shape,
): Tensor {
  const out = k.empty(shape);
  const [along, across] = axesOf(x.shape, weight.shape, shape, geometry).map(forwardAxis);
  const kernelSize = sizeOf(weight.shape.slice(1));
  const channels = { output: kernelSize, input: weight.shape[2] * weight.shape[3] };
  correlate(k, { ...epilogue, out, x, weight, groups: geometry.groups, along, across, channels });
  return out;
}

/** Gradient of the input, of shape `shape`, from that of the output. */
export function inputGradient(
  k: Kernels,
  grad: Tensor,
  weight: Tensor,
  geometry: Geometry,
  shape: Shape,
): Tensor {
  const out = k.empty(shape);
  const [alongPhases, acrossPhases] = axesOf(shape, weight.shape, grad.shape, geometry).map(gradientAxes);
  const kernelSize = sizeOf(weight.shape.slice(1));
  const channels = { output: weight.shape[2] * weight.shape[3], input: kernelSize };
  for (const along of alongPhases) {
    for (const across of acrossPhases) {
      correlate(k, { out, x: grad, weight, groups: geometry.groups, along, across, channels });
    }
  }
  return out;
}

const forwardAxis = (axis: Axis): CorrelationAxis => ({
  outputs: axis.output,
  outFirst: 0,
  outStep: axis.outputStep,
  inputs: axis.input,
  inputStep: axis.inputStep,
  first: -axis.padding,
  step: axis.stride,
  spacing: axis.dilation,
  taps: axis.taps,
  weightFirst: 0,
  weightStep: axis.tapStep,
});

/**
 * The gradient at input position phase + stride * y is a correlation of stride 1 with those taps, last first, whose
 * output position (phase + padding − tap * dilation) / stride + y is whole: one axis for each phase of the stride.
 */
function gradientAxes(axis: Axis): CorrelationAxis[] {
  const { input, stride, padding, dilation } = axis;
  const spacing = dilation / gcd(stride, dilation);
  const tapSpacing = stride / gcd(stride, dilation);
  return Array.from({ length: Math.min(stride, input) }, (_, phase) => {
    const taps = Array.from({ length: axis.taps }, (_, tap) => tap).filter(
      (tap) => (phase + padding - tap * dilation) % stride === 0,
    );
    const last = taps.at(-1) ?? 0;
    return {
      outputs: Math.ceil((input - phase) / stride),
      outFirst: phase * axis.inputStep,
      outStep: stride * axis.inputStep,
      inputs: axis.output,
      inputStep: axis.outputStep,
      first: Math.floor((phase + padding - last * dilation) / stride),
      step: 1,
      spacing,
      taps: taps.length,
      weightFirst: last * axis.tapStep,
      weightStep: -tapSpacing * axis.tapStep,
    };
  });
}

interface Correlation extends Epilogue {
  readonly out: Tensor;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly groups: number;
  readonly along: CorrelationAxis;
  readonly across: CorrelationAxis;
  /** Elements from the weights of one channel to those of the next. */
  readonly channels: { readonly output: number; readonly input: number };
}

function correlate(k: Kernels, call: Correlation): void {
  const { out, x, weight, bias, groups, along, across, channels } = call;
  const [batch, outChannels] = out.shape;
  const [, inChannels] = x.shape;
  const groupOutputs = outChannels / groups;
  const rows = tileLength(groupOutputs, CORRELATE_TILE.rows);
  const tilesPerGroup = Math.ceil(groupOutputs / rows);
  const spread = along.spacing / gcd(along.step, along.spacing);
  const phases = along.step / gcd(along.step, along.spacing);
  const stripe = Math.ceil(along.outputs / spread);
  const tall = tileLength(stripe, CORRELATE_TILE.tall);
  const positionTiles = spread * Math.ceil(stripe / tall);
  const positionGroups = Math.ceil((across.outputs * positionTiles * batch) / WORKGROUP);
  const axisWords = (axis: CorrelationAxis) => [
    ...[axis.outputs, axis.outStep, axis.inputs, axis.inputStep],
    ...[axis.first, axis.step, axis.spacing, axis.taps],
  ];
  k.run(correlateKernel({ rows, columns: tall }), {
    outputs: [out],
    inputs: [x, weight, bias ?? weight],
    uniforms: [
      ...axisWords(along),
      ...axisWords(across),
      ...[spread, phases, positionTiles, positionGroups],
      ...[batch, tilesPerGroup, groupOutputs, inChannels / groups],
      ...[outChannels, inChannels, sizeOf(out.shape.slice(2)), sizeOf(x.shape.slice(2))],
      ...[weight.size / groups, channels.output, channels.input, along.weightFirst + across.weightFirst],
      ...[along.weightStep, across.weightStep, along.outFirst + across.outFirst, tall],
    ],
    groups: tilesPerGroup * groups * positionGroups,
    flops:
      ((2 * batch * outChannels * inChannels) / groups) *
      (along.outputs * across.outputs * along.taps * across.taps),
    constants: {
      ...epilogueConstants(call),
      POINTWISE: Number(along.taps * across.taps * phases === 1),
    },
  });
}

/**
 * Gradient of the weight, of shape `shape`, from that of the output; with `perSample` the sum over samples of the
 * squares of each sample's own gradient.
 */
export function weightGradient(
  k: Kernels,
  grad: Tensor,
  x: Tensor,
  geometry: Geometry,
  shape: Shape,
  perSample: boolean,
): Tensor {
  const [along, across] = axesOf(x.shape, shape, grad.shape, geometry);
  const [outChannels, groupInputs] = shape;
  const sliding = along.taps > 1;
  const spread = along.dilation / gcd(along.stride, along.dilation);
  const phases = along.stride / gcd(along.stride, along.dilation);
  const groupOutputs = outChannels / geometry.groups;
  const rows = tileLength(groupOutputs, WEIGHT_TILE.rows);
  const tilesPerGroup = Math.ceil(groupOutputs / rows);
  const tapsOfPhase = Math.ceil(along.taps / phases);
  const columns = tileLength(sliding ? tapsOfPhase : groupInputs, WEIGHT_TILE.columns);
  const tapTiles = sliding ? phases * Math.ceil(tapsOfPhase / columns) : 1;
  const channelTiles = sliding ? groupInputs : Math.ceil(groupInputs / columns);
  const tiles = across.taps * tapTiles * channelTiles * tilesPerGroup * geometry.groups;

  const lines = x.shape[0] * across.output;
  const wanted = Math.ceil(SPLIT_THREADS[k.gpu.adapter.software ? 'software' : 'gpu'] / tiles);
  const unit = perSample ? across.output : 1;
  const splitUnits = unit * Math.max(1, Math.ceil(lines / unit / wanted));
  const splits = Math.max(1, Math.ceil(lines / splitUnits));
  const partial = k.empty([splits, ...shape]);
  const axisWords = (axis: Axis) => [
    ...[axis.output, axis.outputStep, axis.input, axis.inputStep],
    ...[-axis.padding, axis.stride, axis.dilation, axis.taps],
  ];
  k.run(weightKernel({ rows, columns }), {
    outputs: [partial],
    inputs: [grad, x],
    uniforms: [
      ...axisWords(along),
      ...axisWords(across),
      ...[spread, phases, tapTiles, channelTiles],
      ...[tiles, tilesPerGroup, groupOutputs, groupInputs],
      ...[outChannels, x.shape[1], sizeOf(grad.shape.slice(2)), sizeOf(x.shape.slice(2))],
      ...[lines, splitUnits, splits, shape[2] * shape[3]],
      ...[along.tapStep, across.tapStep, columns, 0],
    ],
    groups: Math.ceil((tiles * splits) / WORKGROUP),
    flops: 2 * grad.size * sizeOf(shape.slice(1)),
    constants: { PER_SAMPLE: Number(perSample), SLIDING: Number(sliding) },
  });
  return splits === 1 ? partial.view(shape) : k.reduce('sum', partial, [0]);
}
