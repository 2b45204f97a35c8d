import { fillTemplate, kernelFamily } from '../../runtime/kernel';
import source from '../../shaders/conv2d_lanes.wgsl';
import type { Kernels } from '../tensor/kernels';
import { type Shape, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Geometry } from './conv2d-kernels';
import {
  type Columns,
  forwardWalk,
  gradientWalk,
  LANES_OF_VEC4,
  lanesHeight,
  range,
  readsQuads,
  readTaps,
  type Walk,
} from './conv2d-walk';

interface Plan {
  readonly rows: number;
  readonly walk: Walk;
}

function planOf(rows: number | undefined, walk: Walk | undefined): Plan | undefined {
  return rows === undefined || walk === undefined ? undefined : { rows, walk };
}

/** The plan of a convolution with a weight [O, C/groups, KH, KW]; undefined where other kernels do it. */
export const forwardPlan = (k: Kernels, weight: Shape, geometry: Geometry): Plan | undefined =>
  planOf(lanesHeight(k, weight[0] / geometry.groups, weight[3]), forwardWalk(weight, geometry));

/** The plan of the gradient of the input. */
export const gradientPlan = (k: Kernels, weight: Shape, geometry: Geometry): Plan | undefined =>
  planOf(lanesHeight(k, weight[1], weight[3]), gradientWalk(weight, geometry));

export interface LanesCall {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias?: Tensor;
  readonly groups: number;
  readonly plan: Plan;
  /** Shape of the result. */
  readonly shape: Shape;
  /** Exchanges output and input channels of the weight. */
  readonly backwards: boolean;
}

/** Convolution of x, or the gradient of its input from that of its output, by the lanes kernel. */
export function convolveByLanes(k: Kernels, call: LanesCall): Tensor {
  const { x, bias, groups, plan, shape, backwards } = call;
  const [batch, outChannels, outHeight, outWidth] = shape;
  const [, inChannels, inHeight, inWidth] = x.shape;
  const [outputs, inputs] = [outChannels / groups, inChannels / groups];
  const [high, taps] = call.weight.shape.slice(2);
  const lanes = k.gpu.runtime.subgroupSize;
  const { rows, walk } = plan;
  const quads = Math.ceil(outWidth / 4);
  const strips = Math.ceil((batch * outHeight * quads) / lanes);
  const tiles = Math.ceil(outputs / rows) * groups;
  const out = k.empty(shape);
  const weight = packed(k, call.weight, groups, backwards);
  const { step, offsets } = walk;
  const form = { rows, lanes, step, offsets, quads: readsQuads(walk, inWidth, outWidth) };
  k.run(kernelFor({ ...form, wide: outWidth % 4 === 0 }), {
    outputs: [out],
    inputs: [x, weight, bias ?? weight],
    uniforms: [
      ...[batch, quads, inHeight, inWidth],
      ...[outHeight, outWidth, inChannels, outChannels],
      ...[inputs, outputs, tiles, strips],
      ...[step, walk.pad, high, walk.spread],
    ],
    groups: tiles * strips,
    flops: 2 * out.size * inputs * high * taps,
    constants: { BIASED: Number(bias !== undefined) },
  });
  if (weight !== call.weight) weight.dispose();
  return out;
}

/** The weight as [O, C/groups * KH, KW up to a multiple of 4]; with `backwards` O and C/groups exchanged in each group. */
function packed(k: Kernels, weight: Tensor, groups: number, backwards: boolean): Tensor {
  const [all, inputs, high, wide] = weight.shape;
  if (!backwards && wide % 4 === 0) return weight;
  const outputs = all / groups;
  const length = Math.ceil(wide / 4) * 4;
  const [rows, columns] = backwards ? [inputs, outputs] : [outputs, inputs];
  const box = [groups, rows, columns, high, wide];
  const [perOutput, perInput, perRow] = stridesOf(weight.shape);
  const walk = backwards ? [perInput, perOutput] : [perOutput, perInput];
  const from = { start: 0, strides: [outputs * perOutput, ...walk, perRow, 1] };
  const target = [groups, rows, columns, high, length];
  const out = k.empty(target);
  return k.copy(weight, from, out, { start: 0, strides: stridesOf(target) }, box);
}

interface Form extends Columns {
  readonly rows: number;
  readonly lanes: number;
  /** Whether the image is read, and the result stored, as aligned vec4. */
  readonly quads: boolean;
  readonly wide: boolean;
}

const kernelFor = kernelFamily((form: Form) => ({
  name: `conv2d.lanes${form.rows}.${form.offsets.length}`,
  source: write(form),
}));

function write({ rows, lanes, step, offsets, quads, wide }: Form): string {
  const taps = offsets.length;
  const vectorsOfRow = Math.ceil(taps / 4);
  const type = (isWide: boolean) => (isWide ? 'vec4<f32>' : 'f32');
  const vectors = range(rows).flatMap((r) => range(vectorsOfRow).map((v) => ({ r, v })));
  return fillTemplate(source, {
    operands: [
      `@group(0) @binding(1) var<storage, read_write> out: array<${type(wide)}>;`,
      `@group(0) @binding(2) var<storage, read> image: array<${type(quads)}>;`,
      ...[`const ROWS = ${rows}u;`, `const LANES = ${lanes}u;`, `const WIDE = ${vectorsOfRow}u;`],
    ].join('\n'),
    start: range(rows)
      .flatMap((r) => [
        `let ws${r} = (channel_group * params.outputs + min(first + ${r}u, last_output)) * row_length * WIDE;`,
        `var c${r} = vec4<f32>();`,
      ])
      .join('\n'),
    weights: range(rows)
      .map((r) => `let a${r} = weight[ws${r} + r0 * WIDE + lane];`)
      .join('\n'),
    row: [
      ...vectors.map(({ r, v }) => `let q${r}_${v} = subgroupShuffle(a${r}, turn * WIDE + ${v}u);`),
      ...readTaps({ step, offsets }, quads),
      ...range(taps).flatMap((j) =>
        range(rows).map((r) => {
          const value = `q${r}_${Math.floor(j / 4)}.${LANES_OF_VEC4[j % 4]}`;
          return `c${r} = fma(vec4<f32>(${value}), p${j}, c${r});`;
        }),
      ),
    ].join('\n'),
    store: range(rows)
      .map((r) => store(r, wide))
      .join('\n'),
  });
}

function store(r: number, wide: boolean): string {
  const value = `c${r} + select(0.0, bias[o0 + ${r}u], BIASED)`;
  const at = `out_at + ${r}u * out_plane`;
  const stores = wide
    ? `out[(${at}) / 4u] = ${value};`
    : `let v = ${value};\n${LANES_OF_VEC4.map((lane, e) => `if (x0 + ${e}u < params.out_width) { out[${at} + ${e}u] = v.${lane}; }`).join('\n')}`;
  return `if (first + ${r}u <= last_output) { ${stores} }`;
}
