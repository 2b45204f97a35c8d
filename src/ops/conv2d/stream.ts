import { kernelFamily } from '../../../runtime/kernel-family';
import { LANES_OF_QUAD, turned } from '../../../runtime/wgsl/quad';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, quad, range, storage, texture } from '../../../runtime/wgsl/write';
import correlateSource from '../../../shaders/conv2d_stream.wgsl';
import weightSource from '../../../shaders/conv2d_stream_weight.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import { areShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import { type Epilogue, epilogueConstants } from '../matmul/epilogue';
import type { Geometry } from './geometry';
import {
  addParts,
  SAMPLES_OF_PART,
  type Summing,
  splitTerms,
  sumConstants,
  summing,
  sumOf,
  sumRegions,
} from './split';
import { MAX_OFFSET, quadsOf, readMet } from './taps';

/** Weights that a thread holds: more of them would not pay. */
const MAX_WEIGHTS = 64;
const MAX_OUTPUTS = 4;
const MAX_INPUTS = 8;
/** Rows of a stripe: tall ones read less twice, short ones make more threads. */
const STRIPE = { software: 32, gpu: 8 };
/** Threads that a weight gradient is split into. */
const SPLIT_THREADS = { software: 256, gpu: 8192 };

/** The kernel's plane: taps, and where they lie from the output pixel. */
interface Plane {
  readonly high: number;
  readonly wide: number;
  /** Rows between taps, and rows above the output row. */
  readonly spread: number;
  readonly pad: number;
  /** Column offset of each tap. */
  readonly offsets: readonly number[];
}

/**
 * The plane of a convolution that the streaming kernels can do: stride 1, a width that is kept and a multiple of 4,
 * taps near their pixel, few of them. Undefined for others.
 */
export function streamPlane(x: Shape, weight: Shape, out: Shape, geometry: Geometry): Plane | undefined {
  const { stride, padding, dilation } = geometry;
  const [high, wide] = weight.slice(2);
  const plane = {
    high,
    wide,
    spread: dilation[0],
    pad: padding[0],
    offsets: range(wide).map((tap) => tap * dilation[1] - padding[1]),
  };
  const fits =
    stride.every((step) => step === 1) &&
    out[3] === x[3] &&
    x[3] % 4 === 0 &&
    plane.pad <= plane.spread * (high - 1) &&
    plane.offsets.every((offset) => Math.abs(offset) <= MAX_OFFSET) &&
    high * wide <= MAX_WEIGHTS;
  return fits ? plane : undefined;
}

/** Whether a thread can hold the weights of all input channels of a group; each number of channels is a kernel to compile. */
export const holdsChannels = ({ high, wide }: Plane, groupInputs: number): boolean =>
  groupInputs * high * wide <= MAX_WEIGHTS && groupInputs <= MAX_INPUTS;

/** The plane as seen from the input: the gradient is the correlation with the taps last first. */
export const mirrored = (plane: Plane): Plane => ({
  ...plane,
  pad: plane.spread * (plane.high - 1) - plane.pad,
  offsets: plane.offsets.map((offset) => -offset).reverse(),
});

/** The largest number of output channels that divides a group's and that a thread has room for. */
const outputsFor = (groupOutputs: number, weightsEach: number): number =>
  Math.max(
    1,
    ...range(Math.min(MAX_OUTPUTS, groupOutputs) + 1).filter(
      (outputs) => groupOutputs % outputs === 0 && outputs * weightsEach <= MAX_WEIGHTS,
    ),
  );

/** WGSL that reads a row's quads; neighbours only where a tap needs them, and of them no more than it needs, where that pays. */
function readRow({ plane: { offsets }, spares, texels }: Form, condition: readonly string[] = []): string[] {
  const { pixels, needsLeft, needsRight } = quadsOf(offsets);
  if (spares)
    return [
      ...readMet(pixels, 'left', 'max(at, 1u) - 1u', ['has_left', ...condition]),
      ...readMet(pixels, 'here', 'at', condition),
      ...readMet(pixels, 'right', 'at + 1u', ['has_right', ...condition]),
      ...pixels,
    ];
  const read = (side: string, place: string, condition: string) =>
    `let ${side}_quad = select(vec4<f32>(), ${quad('image', place, texels)}, ${condition});`;
  return [
    `let here_quad = ${quad('image', 'at', texels)};`,
    ...(needsLeft ? [read('left', 'max(at, 1u) - 1u', 'has_left')] : []),
    ...(needsRight ? [read('right', 'at + 1u', 'has_right')] : []),
    ...pixels,
  ];
}

/** A plane without its padding, and how many channels a thread takes. */
interface Form {
  readonly plane: Omit<Plane, 'pad'>;
  readonly outputs: number;
  readonly inputs: number;
  /** Whether a pixel that no tap meets is not read, though it lies in a quad of others. */
  readonly spares: boolean;
  /** Whether the operands are textures. */
  readonly texels: boolean;
}

/** Of a weight gradient. */
interface WeightForm extends Form {
  /** Lanes that hand round the gradients they read; undefined where each reads all. */
  readonly subgroup: number | undefined;
  readonly summed: Summing;
}

const withoutPad = ({ pad, ...plane }: Plane): Omit<Plane, 'pad'> => plane;
const taps = ({ plane: { high, wide } }: Form) => `${high}x${wide}`;
const correlateKernel = kernelFamily((form: Form) => ({
  name: `conv2d.stream.${taps(form)}`,
  source: correlateSourceFor(form),
}));
const weightKernel = kernelFamily((form: WeightForm) => ({
  name: `conv2d.streamWeight.${taps(form)}`,
  source: weightSourceFor(form),
}));

function correlateSourceFor(form: Form): string {
  const { plane, outputs, inputs, texels } = form;
  const { high, wide, spread } = plane;
  const reach = spread * (high - 1);
  const each = range(outputs);
  const taps = range(high).flatMap((i) => range(wide).map((j) => ({ i, j })));
  const row = range(inputs).flatMap((c) => [
    `{ let at = in_at + ${c}u * in_plane + u32(row) * params.quads;`,
    ...readRow(form),
    ...each.flatMap((o) =>
      taps.map(({ i, j }) => {
        const slot = `a${o}_${reach - i * spread}`;
        return `${slot} = fma(vec4<f32>(w${o}_${c}_${i}_${j}), p${j}, ${slot});`;
      }),
    ),
    '}',
  ]);
  return fillRegions(correlateSource, {
    size: [
      texels ? texture(2, 'image') : storage(2, 'read', 'image', f32Element(true)),
      constant('OUTPUTS', outputs),
      constant('INPUTS', inputs),
      constant('REACH', reach),
    ].join('\n'),
    weights: each
      .flatMap((o) =>
        range(inputs).flatMap((c) =>
          taps.map(({ i, j }) => `let w${o}_${c}_${i}_${j} = weight_of(weights, ${o}, ${c}, ${i}, ${j});`),
        ),
      )
      .join('\n'),
    slots: each.flatMap((o) => range(reach + 1).map((slot) => `var a${o}_${slot} = vec4<f32>();`)).join('\n'),
    row: row.join('\n'),
    store: each.map((o) => `out[out_at + ${o}u * out_plane] = finished(a${o}_0, o0 + ${o}u);`).join('\n'),
    shift: each
      .flatMap((o) => [
        ...range(reach).map((slot) => `a${o}_${slot} = a${o}_${slot + 1};`),
        `a${o}_${reach} = vec4<f32>();`,
      ])
      .join('\n'),
  });
}

function weightSourceFor(form: WeightForm): string {
  const { plane, outputs, subgroup, summed, texels } = form;
  const { high, wide, spread } = plane;
  const reach = spread * (high - 1);
  const each = range(outputs);
  const sums = each.flatMap((o) =>
    range(high).flatMap((i) =>
      range(wide).map((j) => ({ o, i, j, name: `${o}_${i}_${j}`, tap: i * wide + j })),
    ),
  );
  return fillRegions(weightSource, {
    sharing: subgroup ? 'enable subgroups;' : '',
    size: [
      texels ? texture(2, 'g') : storage(2, 'read', 'g', f32Element(true)),
      texels ? texture(3, 'image') : storage(3, 'read', 'image', f32Element(true)),
      constant('OUTPUTS', outputs),
      constant('TAPS', high * wide),
      constant('THREADS', subgroup ?? 8),
    ].join('\n'),
    ...(subgroup && { place: PLACE_OF_SUBGROUP }),
    ...sumRegions(
      sums.map(({ name }) => name),
      summed,
    ),
    slots: each.flatMap((o) => range(reach + 1).map((slot) => `var g${o}_${slot} = vec4<f32>();`)).join('\n'),
    shift: [
      ...(subgroup
        ? [`let own = select(vec4<f32>(), g[g_at + (local & (OUTPUTS - 1u)) * g_plane], inside);`]
        : []),
      ...each.flatMap((o) => [
        ...range(reach).map((slot) => `g${o}_${reach - slot} = g${o}_${reach - slot - 1};`),
        subgroup
          ? `g${o}_0 = ${turned('own', o)};`
          : `g${o}_0 = select(vec4<f32>(), ${quad('g', `g_at + ${o}u * g_plane`, texels)}, inside);`,
      ]),
    ].join('\n'),
    row: withinRows(form, [
      ...readRow(form, ['below']),
      ...sums.map(({ o, i, j, name }) => `s${name} += dot(g${o}_${i * spread}, p${j});`),
    ]).join('\n'),
    store: sums
      .map(({ o, name, tap }) => {
        const output = subgroup ? `((local & (OUTPUTS - 1u)) ^ ${o}u)` : `${o}u`;
        return `partial[at + ${output} * next + ${tap}u] = ${sumOf(name, summed)};`;
      })
      .join('\n'),
  });
}

/**
 * Work on the row of the image that the gradient's newest row meets with the last tap. Above the image there is none: those who
 * are spared single pixels read zeros, since SwiftShader computes both sides of a branch and then selects each variable.
 */
function withinRows({ spares }: Form, lines: readonly string[]): string[] {
  const at = (row: string) => `let at = in_start + (${row} - params.pad) * params.quads + q;`;
  return spares
    ? ['let below = y >= params.pad;', at('max(y, params.pad)'), ...lines]
    : ['if (y >= params.pad) {', at('y'), ...lines, '}'];
}

/** A subgroup takes as many input channels; all else is the same for its lanes. */
const PLACE_OF_SUBGROUP = `let pairs = params.pairs / THREADS;
let of_groups = flat_group(group, groups);
let split = of_groups / pairs;
if (split >= params.splits) { return; }
let channels = params.group_inputs / THREADS;
let tile = (of_groups % pairs) / channels;
let c = (of_groups % channels) * THREADS + local;`;

/**
 * Lanes of a subgroup that hand round what they read of the gradient: where reading it costs more, channels fill the
 * subgroup, and there are as many lanes as output channels to read.
 */
function sharingLanes(
  { gpu: { adapter, runtime } }: Kernels,
  groupInputs: number,
  outputs: number,
): number | undefined {
  const { subgroupSize } = runtime;
  const isTurned = outputs === 2 || outputs === LANES_OF_QUAD;
  const fits = isTurned && subgroupSize === LANES_OF_QUAD && groupInputs % subgroupSize === 0;
  return adapter.kind === 'swiftshader' && fits ? subgroupSize : undefined;
}

const sparesOn = ({ gpu }: Kernels): boolean => gpu.adapter.kind === 'swiftshader';

export interface Stream extends Epilogue {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly groups: number;
  readonly plane: Plane;
  /** Shape of the result. */
  readonly shape: Shape;
  /** Reads the weights as the input gradient does: taps last first, output and input channels exchanged. */
  readonly backwards: boolean;
}

/** Convolution, or with `backwards` its input gradient from that of the output, by the streaming kernel. */
export function stream(k: Kernels, call: Stream): Tensor {
  const { x, weight, bias, groups, plane, shape, backwards } = call;
  const out = k.empty(shape);
  const [batch, outChannels, outHeight, width] = shape;
  const [, inChannels, inHeight] = x.shape;
  const [groupOutputs, inputs] = [outChannels / groups, inChannels / groups];
  const taps = plane.high * plane.wide;
  const outputs = outputsFor(groupOutputs, inputs * taps);
  const tall = Math.min(outHeight, STRIPE[k.gpu.adapter.software ? 'software' : 'gpu']);
  const stripes = Math.ceil(outHeight / tall);
  const tiles = outChannels / outputs;
  const quads = width / 4;
  const filter = sizeOf(weight.shape.slice(1));
  const flops = 2 * out.size * inputs * taps;
  const form = { plane: withoutPad(plane), outputs, inputs, spares: sparesOn(k), texels: areShown(flops, x) };
  k.run(correlateKernel(form), {
    outputs: [out],
    inputs: [x, weight, bias ?? weight],
    uniforms: {
      batch,
      quads,
      in_height: inHeight,
      out_height: outHeight,
      stripes,
      tall,
      tiles,
      tiles_per_group: groupOutputs / outputs,
      in_channels: inChannels,
      out_channels: outChannels,
      weight_group: weight.size / groups,
      weight_first: backwards ? taps - 1 : 0,
      weight_output: backwards ? taps : filter,
      weight_input: backwards ? filter : taps,
      weight_row: backwards ? -plane.wide : plane.wide,
      weight_column: backwards ? -1 : 1,
      pad: plane.pad,
    },
    groups: Math.ceil((quads * stripes * tiles * batch) / 32),
    flops,
    constants: epilogueConstants(call),
  });
  return out;
}

/** Gradient of the weight, of shape `shape`, or with `perSample` the sum of squares of each sample's own. */
export function streamWeightGradient(
  k: Kernels,
  {
    grad,
    x,
    groups,
    plane,
    shape,
    perSample,
  }: {
    readonly grad: Tensor;
    readonly x: Tensor;
    readonly groups: number;
    readonly plane: Plane;
    readonly shape: Shape;
    readonly perSample: boolean;
  },
): Tensor {
  const [batch, inChannels, inHeight, width] = x.shape;
  const [outChannels, groupInputs, high, wide] = shape;
  const groupOutputs = outChannels / groups;
  const outputs = outputsFor(groupOutputs, high * wide);
  const pairs = (outChannels / outputs) * groupInputs;
  const threads = SPLIT_THREADS[k.gpu.adapter.software ? 'software' : 'gpu'];
  const { parts, length } = splitTerms(batch, pairs, threads, 1, perSample ? SAMPLES_OF_PART : undefined);
  const sums = summing(perSample, grad.shape[2] * width * (perSample ? 1 : length));
  const partial = k.empty([parts, ...shape]);
  const subgroup = sharingLanes(k, groupInputs, outputs);
  const flops = 2 * grad.size * sizeOf(shape.slice(1));
  const texels = areShown(flops, grad, x);
  const form = {
    ...{ plane: withoutPad(plane), outputs, inputs: 1 },
    ...{ spares: sparesOn(k), subgroup, summed: sums, texels },
  };
  k.run(weightKernel(form), {
    outputs: [partial],
    inputs: [grad, x],
    uniforms: {
      batch,
      quads: width / 4,
      in_height: inHeight,
      out_height: grad.shape[2],
      in_channels: inChannels,
      out_channels: outChannels,
      group_inputs: groupInputs,
      tiles_per_group: groupOutputs / outputs,
      pairs,
      splits: parts,
      split_samples: length,
      pad: plane.pad,
    },
    groups: Math.ceil((pairs * parts) / (subgroup ?? 8)),
    flops,
    constants: sumConstants(sums),
  });
  return addParts(k, partial, shape);
}
