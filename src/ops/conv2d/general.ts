import type { Uniforms } from '../../../runtime/kernel';
import { kernelFamily } from '../../../runtime/kernel-family';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant } from '../../../runtime/wgsl/write';
import correlateSource from '../../../shaders/conv2d_general.wgsl';
import weightSource from '../../../shaders/conv2d_general_weight.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { CHAIN } from '../../tensor/parts';
import { type Shape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { Epilogue } from '../matmul/epilogue';
import { epilogueConstants } from './epilogue';
import { type AxisSizes, type Geometry, residuesOf } from './geometry';
import { addParts, SAMPLES_OF_PART, splitTerms, sumConstants, summing } from './split';

/** One axis of a convolution, in pixels: output position y meets input position y * stride − padding + tap * dilation. */
interface Axis extends AxisSizes {
  readonly output: number;
  /** Elements from one pixel to the next, in the input, the output and the kernel. */
  readonly inputStep: number;
  readonly outputStep: number;
  readonly tapStep: number;
}

/** One axis of a correlation: position y meets input first + y * step + tap * spacing and weight weightFirst + tap * weightStep. */
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
/** Taps, of all channels, whose products are added up in a single chain at most. */
const LONG_TAPS = 512;
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
    source: fillRegions(source, {
      tile: [constant('ROWS', rows), constant(columnsName, columns)].join('\n'),
    }),
  }));
const correlateKernel = tiled('conv2d.general', correlateSource, 'TALL');
const weightKernel = tiled('conv2d.generalWeight', weightSource, 'COLUMNS');

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
export function convolveAnywhere(
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
export function inputGradientAnywhere(
  k: Kernels,
  grad: Tensor,
  weight: Tensor,
  geometry: Geometry,
  shape: Shape,
): Tensor {
  const out = k.empty(shape);
  const [alongAxes, acrossAxes] = axesOf(shape, weight.shape, grad.shape, geometry).map(gradientAxes);
  const kernelSize = sizeOf(weight.shape.slice(1));
  const channels = { output: weight.shape[2] * weight.shape[3], input: kernelSize };
  for (const along of alongAxes) {
    for (const across of acrossAxes) {
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
 * The gradient at input position residue + stride * y is a correlation of stride 1 with the taps that reach it, last
 * first: one axis for each residue of the stride.
 */
function gradientAxes(axis: Axis): CorrelationAxis[] {
  const { stride, dilation } = axis;
  const spacing = dilation / gcd(stride, dilation);
  const tapSpacing = stride / gcd(stride, dilation);
  return residuesOf(axis).map(({ residue, count, taps }) => {
    const { tap, offset } = taps.at(-1) ?? { tap: 0, offset: 0 };
    return {
      outputs: count,
      outFirst: residue * axis.inputStep,
      outStep: stride * axis.inputStep,
      inputs: axis.output,
      inputStep: axis.outputStep,
      first: offset,
      step: 1,
      spacing,
      taps: taps.length,
      weightFirst: tap * axis.tapStep,
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

const correlationUniforms = (axis: CorrelationAxis): Uniforms => ({
  outputs: axis.outputs,
  out_step: axis.outStep,
  inputs: axis.inputs,
  in_stride: axis.inputStep,
  in_first: axis.first,
  in_step: axis.step,
  in_tap: axis.spacing,
  taps: axis.taps,
});

function correlate(k: Kernels, call: Correlation): void {
  const { out, x, weight, bias, groups, along, across, channels } = call;
  const [batch, outChannels] = out.shape;
  const [, inChannels] = x.shape;
  const groupOutputs = outChannels / groups;
  const rows = tileLength(groupOutputs, CORRELATE_TILE.rows);
  const tilesPerGroup = Math.ceil(groupOutputs / rows);
  const spread = along.spacing / gcd(along.step, along.spacing);
  const residues = along.step / gcd(along.step, along.spacing);
  const stripe = Math.ceil(along.outputs / spread);
  const tall = tileLength(stripe, CORRELATE_TILE.tall);
  const positionTiles = spread * Math.ceil(stripe / tall);
  const positionGroups = Math.ceil((across.outputs * positionTiles * batch) / WORKGROUP);
  const kernelTaps = along.taps * across.taps;
  const isLong = (inChannels / groups) * kernelTaps > LONG_TAPS;
  k.run(correlateKernel({ rows, columns: tall }), {
    outputs: [out],
    inputs: [x, weight, bias ?? weight],
    uniforms: {
      along: correlationUniforms(along),
      across: correlationUniforms(across),
      spread,
      residues,
      position_tiles: positionTiles,
      position_groups: positionGroups,
      batch,
      tiles_per_group: tilesPerGroup,
      group_outputs: groupOutputs,
      group_inputs: inChannels / groups,
      out_channels: outChannels,
      in_channels: inChannels,
      out_plane: sizeOf(out.shape.slice(2)),
      in_plane: sizeOf(x.shape.slice(2)),
      weight_group: weight.size / groups,
      weight_output: channels.output,
      weight_input: channels.input,
      weight_first: along.weightFirst + across.weightFirst,
      weight_along: along.weightStep,
      weight_across: across.weightStep,
      out_first: along.outFirst + across.outFirst,
      tall,
      chain_inputs: isLong ? Math.ceil(CHAIN / kernelTaps) : inChannels,
      chain_taps: isLong ? CHAIN * residues : along.taps,
    },
    groups: tilesPerGroup * groups * positionGroups,
    flops:
      ((2 * batch * outChannels * inChannels) / groups) *
      (along.outputs * across.outputs * along.taps * across.taps),
    constants: {
      ...epilogueConstants(call),
      LONG: Number(isLong),
      LONG_KERNEL: Number(isLong && along.taps > CHAIN * residues),
      POINTWISE: Number(along.taps * across.taps * residues === 1),
    },
  });
}

const axisUniforms = (axis: Axis): Uniforms => ({
  outputs: axis.output,
  out_stride: axis.outputStep,
  inputs: axis.input,
  in_stride: axis.inputStep,
  in_first: -axis.padding,
  in_step: axis.stride,
  in_tap: axis.dilation,
  taps: axis.taps,
});

/**
 * Gradient of the weight, of shape `shape`, from that of the output; with `perSample` the sum over samples of the
 * squares of each sample's own gradient.
 */
export function weightGradientAnywhere(
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
  const residues = along.stride / gcd(along.stride, along.dilation);
  const groupOutputs = outChannels / geometry.groups;
  const rows = tileLength(groupOutputs, WEIGHT_TILE.rows);
  const tilesPerGroup = Math.ceil(groupOutputs / rows);
  const tapsOfResidue = Math.ceil(along.taps / residues);
  const columns = tileLength(sliding ? tapsOfResidue : groupInputs, WEIGHT_TILE.columns);
  const tapTiles = sliding ? residues * Math.ceil(tapsOfResidue / columns) : 1;
  const channelTiles = sliding ? groupInputs : Math.ceil(groupInputs / columns);
  const tiles = across.taps * tapTiles * channelTiles * tilesPerGroup * geometry.groups;

  const lines = x.shape[0] * across.output;
  const threads = SPLIT_THREADS[k.gpu.adapter.software ? 'software' : 'gpu'];
  const { parts, length } = perSample
    ? splitTerms(lines, tiles, threads, across.output, SAMPLES_OF_PART)
    : splitTerms(lines, tiles, threads);
  const terms = along.output * (perSample ? across.output : length);
  const partial = k.empty([parts, ...shape]);
  k.run(weightKernel({ rows, columns }), {
    outputs: [partial],
    inputs: [grad, x],
    uniforms: {
      along: axisUniforms(along),
      across: axisUniforms(across),
      spread,
      residues,
      tap_tiles: tapTiles,
      channel_tiles: channelTiles,
      tiles,
      tiles_per_group: tilesPerGroup,
      group_outputs: groupOutputs,
      group_inputs: groupInputs,
      out_channels: outChannels,
      in_channels: x.shape[1],
      out_plane: sizeOf(grad.shape.slice(2)),
      in_plane: sizeOf(x.shape.slice(2)),
      units: lines,
      split_units: length,
      splits: parts,
      kernel: shape[2] * shape[3],
      weight_along: along.tapStep,
      weight_across: across.tapStep,
      columns,
    },
    groups: Math.ceil((tiles * parts) / WORKGROUP),
    flops: 2 * grad.size * sizeOf(shape.slice(1)),
    constants: { ...sumConstants(summing(perSample, terms)), SLIDING: Number(sliding) },
  });
  return addParts(k, partial, shape);
}
