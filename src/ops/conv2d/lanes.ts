import { kernelFamily } from '../../../runtime/kernel-family';
import { LANES_OF_QUAD, ownRow } from '../../../runtime/wgsl/quad';
import { fillRegions } from '../../../runtime/wgsl/regions';
import {
  constant,
  f32Element,
  LANES_OF_VEC4,
  quad,
  range,
  selectedInTurn,
  storage,
  sumsInTurn,
  texture,
} from '../../../runtime/wgsl/write';
import source from '../../../shaders/conv2d_lanes.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { CHAIN } from '../../tensor/parts';
import { type Shape, sizeOf, stridesOf } from '../../tensor/shape';
import { canBeShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import { type Epilogue, epilogueUniforms } from '../matmul/epilogue';
import { type Columns, forwardPass, type Geometry, gradientPasses, type Pass } from './geometry';
import { ownWeights, readOwnWeights, rowsOfQuads, turnedWeight } from './lanes-quads';
import { lanesHeight, quadsOf, readsQuads, readTaps, readTexels } from './taps';

/** How many output channels a workgroup takes, and the passes over the image that make up the result. */
interface Tiling {
  readonly rows: number;
  readonly passes: readonly Pass[];
  /** Whether each pass sees image and weights as textures. */
  readonly shown: boolean;
}

/** Threads of a workgroup that share nothing. */
const LANES_ALONE = 64;
/** Taps, of all channels, from which on the sums of blocks are kept as a running sum. */
const LONG_TAPS = 2048;
/** Output channels a workgroup, where a pixel that is read meets one tap in a row, or is read from a texture, which is quick to compile. */
const TALL = [32, 16, 8, 4];
/** Where pixels of a buffer are read with a stride: taller ones would be faster, but took LLVM four seconds to compile. */
const STRIDED = [16, 8, 4];

const heightsFor = (wide: number, stride: number, shown: boolean): readonly number[] | undefined => {
  if (shown) return TALL;
  if (stride > 1) return STRIDED;
  return wide === 1 ? TALL : undefined;
};

/** The tiling of a convolution with a weight [O, C/groups, KH, KW]; undefined where other kernels do it. `shown`: as textures. */
export function forwardTiling(
  weight: Shape,
  geometry: Geometry,
  out: Shape,
  shown: boolean,
): Tiling | undefined {
  const heights = heightsFor(weight[3], geometry.stride[1], shown);
  const rows = lanesHeight(weight[0] / geometry.groups, weight[3], heights);
  return rows === undefined ? undefined : { rows, passes: [forwardPass(weight, geometry, out)], shown };
}

/** The tiling of the gradient of the input, of shape `out`. */
export function gradientTiling(
  weight: Shape,
  geometry: Geometry,
  out: Shape,
  shown: boolean,
): Tiling | undefined {
  const rows = lanesHeight(weight[1], weight[3], heightsFor(weight[3], geometry.stride[1], shown));
  return rows === undefined ? undefined : { rows, passes: gradientPasses(weight, geometry, out), shown };
}

export interface LanesCall extends Epilogue {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly groups: number;
  readonly tiling: Tiling;
  /** Shape of the result. */
  readonly shape: Shape;
  /** Exchanges output and input channels of the weight. */
  readonly backwards: boolean;
}

/** Convolution of x, or the gradient of its input from that of its output, by the lanes kernel. */
export function convolveByLanes(k: Kernels, call: LanesCall): Tensor {
  const { tiling, shape } = call;
  const out = k.empty(shape);
  const reached = tiling.passes.reduce((sum, { out: { height, width } }) => sum + height * width, 0);
  // Where the stride is longer than the kernel some pixels of the input meet no tap.
  if (reached < sizeOf(shape.slice(2))) k.fill(out, 0);
  for (const pass of tiling.passes) runPass(k, call, pass, out);
  return out;
}

function runPass(k: Kernels, call: LanesCall, pass: Pass, out: Tensor): void {
  const { x, weight, bias, groups, shape, tiling } = call;
  const [batch, outChannels, outHeight, outWidth] = shape;
  const [, inChannels, inHeight, inWidth] = x.shape;
  const [outputs, inputs] = [outChannels / groups, inChannels / groups];
  const { rows: walk, columns, out: pixels } = pass;
  const { subgroupSize } = k.gpu.runtime;
  const shares = sharingOn(k, tiling.rows);
  const lanes = shares === 'shuffle' ? subgroupSize : LANES_ALONE;
  const rows = shares === 'quads' ? rowsOfQuads(tiling.rows, outputs, columns.offsets.length) : tiling.rows;
  const quads = Math.ceil(pixels.width / 4);
  const strips = Math.ceil((batch * pixels.height * quads) / lanes);
  const tiles = Math.ceil(outputs / rows) * groups;
  const kernelRows = kernelRowsOf(columns);
  const packedWeight = packed(k, call, pass, kernelRows);
  const { step, offsets } = columns;
  const wide = pixels.columnStep === 1 && outWidth % 4 === 0;
  const flops = 2 * batch * outChannels * pixels.height * pixels.width * inputs * walk.taps * offsets.length;
  const texels = shares === 'shuffle' && tiling.shown && canBeShown(packedWeight);
  const long = inputs * walk.taps * offsets.length > LONG_TAPS;
  const form = { rows, lanes, shares, kernelRows, step, offsets, wide, texels, long };
  const isStepped = texels && step > 1 && inWidth % 4 === 0;
  k.run(kernelFor({ ...form, quads: isStepped || readsQuads(columns, inWidth, pixels.width) }), {
    outputs: [out],
    inputs: [x, packedWeight, bias ?? packedWeight],
    uniforms: {
      batch,
      quads,
      in_height: inHeight,
      in_width: inWidth,
      out_height: pixels.height,
      out_width: pixels.width,
      in_channels: inChannels,
      out_channels: outChannels,
      inputs,
      outputs,
      tiles,
      strips,
      step: walk.step,
      pad: walk.pad,
      high: walk.taps,
      spread: walk.spread,
      out_plane: outHeight * outWidth,
      out_start: pixels.start,
      out_row: pixels.rowStep,
      out_column: pixels.columnStep,
      ...epilogueUniforms(call),
    },
    groups: tiles * strips,
    flops,
    constants: { LONG: Number(long) },
  });
  if (packedWeight !== weight) packedWeight.dispose();
}

/**
 * How lanes hand round what they read. SwiftShader's shuffles cost more than the loads they save, its swaps in quads next
 * to nothing; a GPU's loads are cheap.
 */
type Sharing = 'shuffle' | 'quads' | 'none';

function sharingOn({ gpu: { adapter, runtime } }: Kernels, rows: number): Sharing {
  const { subgroupSize } = runtime;
  if (adapter.kind === 'lavapipe' && subgroupSize >= 2) return 'shuffle';
  const isWhole = subgroupSize >= LANES_OF_QUAD && rows % LANES_OF_QUAD === 0;
  return adapter.kind === 'swiftshader' && isWhole ? 'quads' : 'none';
}

/** Rows of the kernel that a turn takes: single taps are taken four at a time, to fill a vec4 of weights. */
const kernelRowsOf = ({ offsets }: Columns): number => (offsets.length === 1 ? 4 : 1);

/** The weights of a pass as rows of whole vec4, those of an output channel one after another. */
function packed(
  k: Kernels,
  call: LanesCall,
  { rows: { taps: high }, columns, weight: from }: Pass,
  kernelRows: number,
): Tensor {
  const { weight, groups, backwards } = call;
  const [all, inputs] = weight.shape;
  const outputs = all / groups;
  const wide = columns.offsets.length;
  const [rows, channels] = backwards ? [inputs, outputs] : [outputs, inputs];
  const length = kernelRows > 1 ? 1 : Math.ceil(wide / 4) * 4;
  const rowLength = Math.ceil((channels * high * length) / 4) * 4;
  const isFull = rowLength === channels * high * wide;
  if (!backwards && isFull) return weight;
  const out = k.empty([groups, rows, rowLength]);
  if (rowLength > channels * high * length) k.fill(out, 0);
  const [perOutput, perInput] = stridesOf(weight.shape);
  const walk = backwards ? [perInput, perOutput] : [perOutput, perInput];
  const strides = [outputs * perOutput, ...walk, from.rowStep, from.columnStep];
  const strideTo = [rows * rowLength, rowLength, high * length, length, 1];
  const box = [groups, rows, channels, high, wide];
  return k.copy(weight, { start: from.start, strides }, out, { start: 0, strides: strideTo }, box);
}

interface Form extends Columns {
  readonly rows: number;
  readonly lanes: number;
  readonly shares: Sharing;
  readonly kernelRows: number;
  /** Whether the image is read, and the result stored, as aligned vec4. */
  readonly quads: boolean;
  readonly wide: boolean;
  /** Whether the weights, and an image that is read as vec4, are textures. */
  readonly texels: boolean;
  /** Whether there is a running sum for each: it is not written else, as it takes long to find that it is not needed. */
  readonly long: boolean;
}

const kernelFor = kernelFamily((form: Form) => ({
  name: `conv2d.lanes${form.rows}.${form.offsets.length}`,
  source: write(form),
}));

function write(form: Form): string {
  const { rows, lanes, shares, kernelRows, step, offsets, quads, wide, texels, long } = form;
  const inQuads = shares === 'quads';
  const vectorsOfTurn = Math.ceil((kernelRows * offsets.length) / 4);
  const taps = range(kernelRows).flatMap((u) => offsets.map((_, j) => ({ u, j })));
  const sums = range(rows).map((r) => (long ? `s${r} + wholes(r${r})` : `s${r}`));
  return fillRegions(source, {
    sharing: shares === 'none' ? '' : 'enable subgroups;',
    operands: [
      storage(1, 'read_write', 'out', f32Element(wide)),
      quads && texels ? texture(2, 'image') : storage(2, 'read', 'image', f32Element(quads)),
      texels ? texture(3, 'weight') : storage(3, 'read', 'weight', f32Element(true)),
      constant('ROWS', rows),
      constant('LANES', lanes),
      constant('STEP', step),
      constant('KERNEL_ROWS', kernelRows),
      constant('WIDE', vectorsOfTurn),
      constant('BLOCK', blockOf(form, vectorsOfTurn)),
    ].join('\n'),
    start: [
      ...(inQuads ? ownWeights(rows) : range(rows).map((r) => weightsOf(r, `first + ${r}u`))),
      ...range(rows).map(
        (r) =>
          `var c${r} = vec4<f32>(); var s${r} = vec4<f32>();${long ? ` var r${r} = RunningSums();` : ''}`,
      ),
    ].join('\n'),
    weights:
      shares === 'shuffle'
        ? range(rows)
            .map((r) => `let a${r} = ${quad('weight', `ws${r} + t0 * WIDE + lane`, texels)};`)
            .join('\n')
        : '',
    // Taps inside, channels outside: a sum stays in a register over the taps of a turn.
    row: [
      ...range(kernelRows).flatMap((u) => readRow(form, `_${u}`)),
      ...(inQuads ? readOwnWeights(rows, taps.length) : []),
      ...range(rows).flatMap((r) => [
        ...(inQuads ? [] : range(vectorsOfTurn).map((v) => readWeights(shares, r, v))),
        ...taps.map(({ u, j }, tap) => {
          const value = inQuads ? turnedWeight(r, tap) : weightIn(`q${r}_`, tap);
          return `c${r} = fma(vec4<f32>(${value}), p${j}_${u}, c${r});`;
        }),
      ]),
    ].join('\n'),
    fold: range(rows)
      .map((r) => `s${r} += c${r}; c${r} = vec4<f32>();`)
      .join('\n'),
    run: long
      ? range(rows)
          .map((r) => `r${r} = with_parts(r${r}, s${r}); s${r} = vec4<f32>();`)
          .join('\n')
      : '',
    store: inQuads
      ? sumsInTurn(sums, [`let row = ${ownRow('i')};`, store(wide)])
      : selectedInTurn(sums, 'params.outputs - first', ['let row = i;', store(wide)]),
  });
}

/** Where the weights of an output channel begin. */
const weightsOf = (name: number, output: string): string =>
  `let ws${name} = (channel_group * params.outputs + min(${output}, last_output)) * all_turns * WIDE;`;

const readWeights = (shares: Sharing, r: number, v: number): string =>
  shares === 'shuffle'
    ? `let q${r}_${v} = subgroupShuffle(a${r}, turn * WIDE + ${v}u);`
    : `let q${r}_${v} = weight[ws${r} + (t0 + turn) * WIDE + ${v}u];`;

const weightIn = (vectors: string, tap: number): string =>
  `${vectors}${Math.floor(tap / 4)}.${LANES_OF_VEC4[tap % 4]}`;

/** Turns of a block: those whose weights the lanes read at once, or about a chain of taps. */
const blockOf = ({ shares, lanes, kernelRows, offsets }: Form, vectorsOfTurn: number): number =>
  shares === 'shuffle' ? lanes / vectorsOfTurn : Math.ceil(CHAIN / (kernelRows * offsets.length));

/** Reads what the taps of one kernel row meet, and goes on to the next. */
function readRow(form: Form, s: string): string[] {
  const { kernelRows } = form;
  const isThere = kernelRows > 1 ? 'exists & (done < kernel_rows)' : 'exists';
  return [
    `let row${s} = top + i32(i) * params.spread;`,
    `let inside${s} = ${isThere} & (u32(row${s}) < params.in_height);`,
    `let at${s} = i32(channel) + row${s} * i32(params.in_width) + left;`,
    ...readPixels(form, s),
    ...(kernelRows > 1 ? ['done += 1u;'] : []),
    'i += 1u;',
    'if (i == params.high) { i = 0u; channel += plane; }',
  ];
}

function readPixels({ quads, shares, step, offsets, texels }: Form, s: string): string[] {
  const columns = { step, offsets };
  if (!quads || shares !== 'shuffle') return readTaps(columns, quads, s, shares === 'quads');
  return step > 1 ? readTexels(columns, s) : readQuads(columns, texels, s);
}

/** Reads the lane's own quad. Its neighbours come from the lanes beside it; only the first and the last lane read one. */
function readQuads({ offsets }: Columns, texels: boolean, s: string): string[] {
  const { pixels, needsLeft, needsRight } = quadsOf(offsets, s);
  const hasLeft = 'x0 > 0u';
  const hasRight = 'x0 + 4u < params.in_width';
  const atEnd = [
    ...(needsLeft ? [`(lane == 0u && ${hasLeft})`] : []),
    ...(needsRight ? [`(lane == LANES - 1u && ${hasRight})`] : []),
  ];
  const side = (name: string, from: string, end: string, has: string) =>
    `let ${name}_quad${s} = select(vec4<f32>(), select(subgroupShuffle(here_quad${s}, ${from}), end${s}, lane == ${end}), ${has});`;
  return [
    `let quad${s} = u32(max(at${s}, 0)) / 4u;`,
    `let here_quad${s} = select(vec4<f32>(), ${quad('image', `quad${s}`, texels)}, inside${s});`,
    ...(atEnd.length > 0
      ? [
          `var end${s} = vec4<f32>();`,
          `if (inside${s} && (${atEnd.join(' || ')})) { end${s} = ${quad('image', `select(quad${s} + 1u, quad${s} - 1u, lane == 0u)`, texels)}; }`,
        ]
      : []),
    ...(needsLeft ? [side('left', 'max(lane, 1u) - 1u', '0u', hasLeft)] : []),
    ...(needsRight ? [side('right', 'min(lane + 1u, LANES - 1u)', 'LANES - 1u', hasRight)] : []),
    ...pixels,
  ];
}

function store(wide: boolean): string {
  const value = 'finished(sum, o0 + row)';
  const at = 'out_at + row * params.out_plane';
  const pixel = (lane: string, e: number) =>
    `if (x0 + ${e}u < params.out_width) { out[${at} + ${e}u * params.out_column] = v.${lane}; }`;
  const stores = wide
    ? `out[(${at}) / 4u] = ${value};`
    : `let v = ${value};\n${LANES_OF_VEC4.map(pixel).join('\n')}`;
  return `if (first + row <= last_output) { ${stores} }`;
}
