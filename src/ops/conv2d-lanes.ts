import { fillTemplate, type Kernel } from '../../runtime/kernel';
import source from '../../shaders/conv2d_lanes.wgsl';
import type { Kernels } from '../tensor/kernels';
import { type Shape, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import type { Geometry } from './conv2d-kernels';

/** Output channels a workgroup: more of them would not stay in registers. */
const HEIGHTS = [8, 4];
/** Taps of a row of the kernel, two vec4: longer ones are rare. */
const MAX_TAPS = 8;
/** A vec4 and its two neighbours cover taps so far from a pixel. */
const MAX_OFFSET = 4;
const LANES_OF_VEC4 = ['x', 'y', 'z', 'w'];

/** How the kernel walks the image: forward, or as the input gradient. */
interface Walk {
  readonly step: number;
  /** Rows above the first output row, and rows between taps, which a gradient walks upwards. */
  readonly pad: number;
  readonly spread: number;
  /** Column of each tap from the first pixel of an output. */
  readonly offsets: readonly number[];
}

interface Plan {
  readonly rows: number;
  readonly walk: Walk;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Whether the kernel can be used and pays: subgroups, some output channels to share what is read, a short kernel row. */
function planFor(k: Kernels, outputs: number, taps: number, walk: Walk): Plan | undefined {
  const { subgroupSize, facts } = k.gpu.runtime;
  // SwiftShader's shuffles cost more than the loads they save.
  if (facts.kind !== 'lavapipe' || subgroupSize < 2 || taps > MAX_TAPS) return undefined;
  const rows = HEIGHTS.find((height) => height <= outputs);
  return rows === undefined ? undefined : { rows, walk };
}

/** The plan of a convolution with a weight [O, C/groups, KH, KW]; undefined where other kernels do it. */
export function forwardPlan(k: Kernels, weight: Shape, geometry: Geometry): Plan | undefined {
  const { stride, padding, dilation, groups } = geometry;
  if (stride[0] !== stride[1]) return undefined;
  const offsets = range(weight[3]).map((tap) => tap * dilation[1] - padding[1]);
  const walk = { step: stride[0], pad: padding[0], spread: dilation[0], offsets };
  return planFor(k, weight[0] / groups, weight[3], walk);
}

/** The plan of the gradient of the input: a correlation of stride 1 with the taps mirrored. */
export function gradientPlan(k: Kernels, weight: Shape, geometry: Geometry): Plan | undefined {
  const { stride, padding, dilation } = geometry;
  if (stride[0] !== 1 || stride[1] !== 1) return undefined;
  const offsets = range(weight[3]).map((tap) => padding[1] - tap * dilation[1]);
  const walk = { step: 1, pad: -padding[0], spread: -dilation[0], offsets };
  return planFor(k, weight[1], weight[3], walk);
}

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
  const aligned = walk.step === 1 && inWidth === outWidth && inWidth % 4 === 0;
  const wideImage = aligned && walk.offsets.every((offset) => Math.abs(offset) <= MAX_OFFSET);
  k.run(kernelFor({ rows, lanes, walk, taps, wideImage, wideStore: outWidth % 4 === 0 }), {
    outputs: [out],
    inputs: [x, weight, bias ?? weight],
    uniforms: [
      ...[batch, quads, inHeight, inWidth],
      ...[outHeight, outWidth, inChannels, outChannels],
      ...[inputs, outputs, tiles, strips],
      ...[walk.step, walk.pad, high, walk.spread],
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

interface Form {
  readonly rows: number;
  readonly lanes: number;
  readonly walk: Walk;
  readonly taps: number;
  readonly wideImage: boolean;
  readonly wideStore: boolean;
}

const kernels = new Map<string, Kernel>();

function kernelFor(form: Form): Kernel {
  const { rows, walk, taps } = form;
  const key = JSON.stringify({ ...form, walk: { step: walk.step, offsets: walk.offsets } });
  const kernel = kernels.get(key) ?? { name: `conv2d.lanes${rows}.${taps}`, source: write(form) };
  kernels.set(key, kernel);
  return kernel;
}

function write({ rows, lanes, walk, taps, wideImage, wideStore }: Form): string {
  const wide = Math.ceil(taps / 4);
  const type = (isWide: boolean) => (isWide ? 'vec4<f32>' : 'f32');
  const vectors = range(rows).flatMap((r) => range(wide).map((v) => ({ r, v })));
  return fillTemplate(source, {
    operands: [
      `@group(0) @binding(1) var<storage, read_write> out: array<${type(wideStore)}>;`,
      `@group(0) @binding(2) var<storage, read> image: array<${type(wideImage)}>;`,
      ...[`const ROWS = ${rows}u;`, `const LANES = ${lanes}u;`, `const WIDE = ${wide}u;`],
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
      ...(wideImage ? readQuads(walk) : readPixels(walk)),
      ...range(taps).flatMap((j) =>
        range(rows).map((r) => {
          const value = `q${r}_${Math.floor(j / 4)}.${LANES_OF_VEC4[j % 4]}`;
          return `c${r} = fma(vec4<f32>(${value}), p${j}, c${r});`;
        }),
      ),
    ].join('\n'),
    store: range(rows)
      .map((r) => store(r, wideStore))
      .join('\n'),
  });
}

/** Reads a row's aligned quads; those beside the pixels only where a tap needs them. */
function readQuads({ offsets }: Walk): string[] {
  const row = ['left_quad', 'here', 'right_quad'].flatMap((quad) =>
    LANES_OF_VEC4.map((lane) => `${quad}.${lane}`),
  );
  const taps = offsets.map((offset) => row.slice(4 + offset, 8 + offset));
  const needs = (quad: string) => taps.some((lanes) => lanes.some((lane) => lane.startsWith(quad)));
  const read = (name: string, place: string, condition: string) =>
    needs(name) ? [`let ${name} = select(vec4<f32>(), image[${place}], ${condition});`] : [];
  return [
    'let quad = u32(max(at, 0)) / 4u;',
    ...read('left_quad', 'max(quad, 1u) - 1u', 'inside && x0 > 0u'),
    ...read('here', 'quad', 'inside'),
    ...read('right_quad', 'quad + 1u', 'inside && x0 + 4u < params.in_width'),
    ...taps.map((lanes, j) => `let p${j} = vec4<f32>(${lanes.join(', ')});`),
  ];
}

/** Reads each pixel that a tap needs once. */
function readPixels({ step, offsets }: Walk): string[] {
  const columns = offsets.map((offset) => range(4).map((e) => e * step + offset));
  const distinct = [...new Set(columns.flat())].sort((a, b) => a - b);
  const name = (column: number) => `x${distinct.indexOf(column)}`;
  return [
    ...distinct.map(
      (column) =>
        `let ${name(column)} = select(0.0, image[u32(max(at + (${column}), 0))], inside && u32(left + (${column})) < params.in_width);`,
    ),
    ...columns.map((four, j) => `let p${j} = vec4<f32>(${four.map(name).join(', ')});`),
  ];
}

function store(r: number, wideStore: boolean): string {
  const value = `c${r} + select(0.0, bias[o0 + ${r}u], BIASED)`;
  const at = `out_at + ${r}u * out_plane`;
  const stores = wideStore
    ? `out[(${at}) / 4u] = ${value};`
    : `let v = ${value};\n${LANES_OF_VEC4.map((lane, e) => `if (x0 + ${e}u < params.out_width) { out[${at} + ${e}u] = v.${lane}; }`).join('\n')}`;
  return `if (first + ${r}u <= last_output) { ${stores} }`;
}
