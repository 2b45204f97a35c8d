import { kernelFamily } from '../../../runtime/kernel-family';
import { LANES_OF_QUAD, turned } from '../../../runtime/wgsl/quad';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, quad, range, storage, texture } from '../../../runtime/wgsl/write';
import source from '../../../shaders/conv2d_stream_weight.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import { areShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import {
  addParts,
  chainOf,
  type Sums,
  samplesOfPart,
  splitTerms,
  storeSums,
  sumConstants,
  summing,
  sumRegions,
  sumsOf,
} from './split';
import {
  type Form,
  isRagged,
  outputsFor,
  type Plane,
  readRow,
  sparesOn,
  tapsOf,
  withoutPad,
} from './stream-plane';

/** Threads that a weight gradient is split into. */
const SPLIT_THREADS = { software: 256, gpu: 8192 };

interface WeightForm extends Form {
  /** Lanes that hand round the gradients they read; undefined where each reads all. */
  readonly subgroup: number | undefined;
  readonly sums: Sums;
}

const kernelFor = kernelFamily((form: WeightForm) => ({
  name: `conv2d.streamWeight.${tapsOf(form)}`,
  source: weightSourceFor(form),
}));

function weightSourceFor(form: WeightForm): string {
  const { plane, outputs, subgroup, sums, texels, ragged } = form;
  const { high, wide, spread } = plane;
  const reach = spread * (high - 1);
  const each = range(outputs);
  const taps = high * wide;
  const places = range(sums.count).map((sum) => {
    const tap = sum % taps;
    return { sum, o: Math.floor(sum / taps), i: Math.floor(tap / wide), j: tap % wide };
  });
  const isTurned = subgroup !== undefined && !texels;
  return fillRegions(source, {
    sharing: subgroup ? 'enable subgroups;' : '',
    size: [
      texels ? texture(2, 'g') : storage(2, 'read', 'g', f32Element(!ragged)),
      texels ? texture(3, 'image') : storage(3, 'read', 'image', f32Element(!ragged)),
      constant('OUTPUTS', outputs),
      constant('TAPS', taps),
      constant('THREADS', subgroup ?? 8),
    ].join('\n'),
    ...(subgroup && { place: PLACE_OF_SUBGROUP }),
    ...sumRegions(sums),
    slots: each.flatMap((o) => range(reach + 1).map((slot) => `var g${o}_${slot} = vec4<f32>();`)).join('\n'),
    shift: [
      ...(subgroup ? [`let own = ${gradientQuad(form, '(local % OUTPUTS)')};`] : []),
      ...each.flatMap((o) => [
        ...range(reach).map((slot) => `g${o}_${reach - slot} = g${o}_${reach - slot - 1};`),
        `g${o}_0 = ${subgroup ? handed(form, o) : gradientQuad(form, `${o}u`)};`,
      ]),
    ].join('\n'),
    row: withinRows(form, [
      ...readRow(form, form.spares ? ['below'] : []),
      ...places.map(({ sum, o, i, j }) => `${chainOf(sums, sum)} += dot(g${o}_${i * spread}, p${j});`),
    ]).join('\n'),
    store: storeSums(sums, '(params.out_channels - o0) * TAPS', [
      `let output = ${isTurned ? '(i / TAPS) ^ (local % OUTPUTS)' : 'i / TAPS'};`,
      'partial[at + output * next + i % TAPS] = sum;',
    ]),
  });
}

/** What a lane gets of what the others read: lavapipe has a shuffle for it, SwiftShader one for lanes of a quad. */
const handed = ({ texels }: Form, o: number): string =>
  texels ? `subgroupShuffle(own, ${o}u)` : turned('own', o);

/** WGSL of four columns of an output's gradient in the newest row, zeros below it and beyond the last column. */
function gradientQuad({ texels, ragged }: Form, output: string): string {
  const line = `(g_line + ${output} * params.out_height)`;
  if (!ragged) return `select(vec4<f32>(), ${quad('g', `${line} * params.quads + q`, texels)}, within)`;
  const at = `${line} * params.in_width + 4u * q`;
  const four = range(4).map((i) => `g[${at} + ${i}u]`);
  return `select(vec4<f32>(), vec4<f32>(${four.join(', ')}), columns & vec4<bool>(within))`;
}

/**
 * Work on the row of the image that the gradient's newest row meets with the last tap. Above the image there is none: those who
 * are spared single pixels read zeros, since SwiftShader computes both sides of a branch and then selects each variable.
 */
function withinRows({ spares }: Form, lines: readonly string[]): string[] {
  return spares
    ? ['let below = y >= params.pad;', 'let line = in_line + (max(y, params.pad) - params.pad);', ...lines]
    : ['if (y >= params.pad) {', 'let line = in_line + (y - params.pad);', ...lines, '}'];
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
 * subgroup, and there are lanes for all output channels to read.
 */
function sharingLanes(
  { gpu: { adapter, runtime } }: Kernels,
  groupInputs: number,
  outputs: number,
  texels: boolean,
): number | undefined {
  const { subgroupSize } = runtime;
  const isTurned = subgroupSize === LANES_OF_QUAD && (outputs === 2 || outputs === LANES_OF_QUAD);
  const isShuffled = outputs > 1 && outputs <= subgroupSize;
  const shares = texels ? isShuffled : adapter.kind === 'swiftshader' && isTurned;
  return shares && groupInputs % subgroupSize === 0 ? subgroupSize : undefined;
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
  const { parts, length } = splitTerms(batch, pairs, threads, 1, samplesOfPart(grad, x, shape, perSample));
  const terms = grad.shape[2] * width * (perSample ? 1 : length);
  const sums = sumsOf(k, outputs * high * wide, summing(perSample, terms));
  const partial = k.empty([parts, ...shape]);
  const ragged = isRagged(width);
  const flops = 2 * grad.size * sizeOf(shape.slice(1));
  const texels = !ragged && areShown(flops, grad, x);
  const subgroup = ragged ? undefined : sharingLanes(k, groupInputs, outputs, texels);
  const form = {
    ...{ plane: withoutPad(plane), outputs, spares: sparesOn(k), texels, ragged },
    ...{ subgroup, sums },
  };
  k.run(kernelFor(form), {
    outputs: [partial],
    inputs: [grad, x],
    uniforms: {
      batch,
      quads: Math.ceil(width / 4),
      in_width: width,
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
