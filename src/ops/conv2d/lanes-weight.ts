import { kernelFamily } from '../../../runtime/kernel-family';
import { LANES_OF_QUAD, ownRow, turned } from '../../../runtime/wgsl/quad';
import { fillRegions } from '../../../runtime/wgsl/regions';
import {
  constant,
  f32Element,
  LANES_OF_VEC4,
  quad,
  range,
  storage,
  texture,
} from '../../../runtime/wgsl/write';
import source from '../../../shaders/conv2d_lanes_weight.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import { areShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import { type Columns, forwardPass, type Geometry } from './geometry';
import { rowsOfQuads } from './lanes-quads';
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
import { lanesHeight, readsQuads, readTaps, readTexels } from './taps';

/** Workgroups that a weight gradient is split into, where its weights make fewer. */
const WANTED_GROUPS = 32;

/** Output channels a workgroup where an image is read with a stride, which takes more reads for fewer products. */
const STRIDED_HEIGHTS = [16, 8, 4];

/** Taps of a kernel row over which each pixel read is used again: fewer do not pay. */
const LEAST_TAPS = 2;

/** A gradient of a weight to compute. */
export interface WeightCall {
  readonly grad: Tensor;
  readonly x: Tensor;
  readonly geometry: Geometry;
  /** Shape of the weight [O, C/groups, KH, KW]. */
  readonly shape: Shape;
  readonly perSample: boolean;
}

/**
 * Gradient of the weight, or with `perSample` the sum over samples of the squares of each one's own; undefined where
 * the kernel cannot be used or does not pay.
 */
export function weightByLanes(k: Kernels, call: WeightCall): Tensor | undefined {
  const { grad, x, geometry, shape, perSample } = call;
  const [outChannels, inputs, high, taps] = shape;
  const outputs = outChannels / geometry.groups;
  const { rows: down, columns } = forwardPass(shape, geometry, grad.shape);
  const [batch, , outHeight, outWidth] = grad.shape;
  const [, inChannels, inHeight, inWidth] = x.shape;
  const { step, offsets } = columns;
  const wide = outWidth % 4 === 0;
  const flops = 2 * grad.size * sizeOf(shape.slice(1));
  const texels = wide && inWidth % 4 === 0 && areShown(flops, grad, x);
  const height = lanesHeight(outputs, taps, texels && step > 1 ? STRIDED_HEIGHTS : undefined);
  const lanes = k.gpu.runtime.subgroupSize;
  if (!k.gpu.adapter.software || lanes < 2) return undefined;
  // The kernel knows one stride for both axes.
  if (down.step !== step || !height || taps < LEAST_TAPS) return undefined;
  const shuffles = k.gpu.adapter.kind !== 'swiftshader';
  const rows = shuffles ? height : rowsOfQuads(height, outputs, taps);
  const pairTiles = Math.ceil((inputs * high) / lanes);
  const tiles = pairTiles * Math.ceil(outputs / rows) * geometry.groups;
  const { parts, length } = splitTerms(
    batch,
    tiles,
    WANTED_GROUPS,
    1,
    samplesOfPart(grad, x, shape, perSample),
  );
  const terms = outHeight * outWidth * (perSample ? 1 : length);
  const sums = sumsOf(k, rows * taps, summing(perSample, terms));
  const partial = k.empty([parts, ...shape]);
  const quads = readsQuads(columns, inWidth, outWidth);
  k.run(kernelFor({ rows, lanes, shuffles, step, offsets, quads, wide, texels, sums }), {
    outputs: [partial],
    inputs: [grad, x],
    uniforms: {
      batch,
      quads: Math.ceil(outWidth / 4),
      out_height: outHeight,
      out_width: outWidth,
      in_height: inHeight,
      in_width: inWidth,
      in_channels: inChannels,
      out_channels: outChannels,
      inputs,
      outputs,
      tiles,
      pair_tiles: pairTiles,
      step,
      pad: down.pad,
      high,
      spread: down.spread,
      splits: parts,
      split_samples: length,
    },
    groups: tiles * parts,
    flops,
    constants: sumConstants(sums),
  });
  return addParts(k, partial, shape);
}

interface Form extends Columns {
  readonly rows: number;
  readonly lanes: number;
  /**
   * Whether the lanes take turns to hand round four positions of all rows. Else they swap one position, of which each
   * has read other rows: SwiftShader's shuffles cost more than loads.
   */
  readonly shuffles: boolean;
  /** Whether the image, and whether the gradient, is read as aligned vec4. */
  readonly quads: boolean;
  readonly wide: boolean;
  /** Whether both are textures. */
  readonly texels: boolean;
  readonly sums: Sums;
}

const kernelFor = kernelFamily((form: Form) => ({
  name: `conv2d.lanesWeight${form.rows}.${form.offsets.length}`,
  source: write(form),
}));

function write({ rows, lanes, shuffles, step, offsets, quads, wide, texels, sums }: Form): string {
  const taps = offsets.length;
  const { sums: start, ...regions } = sumRegions(sums);
  return fillRegions(source, {
    operands: [
      texels ? texture(2, 'g') : storage(2, 'read', 'g', f32Element(wide)),
      texels ? texture(3, 'image') : storage(3, 'read', 'image', f32Element(quads)),
      constant('ROWS', rows),
      constant('LANES', lanes),
      constant('TAPS', taps),
    ].join('\n'),
    start,
    read: shuffles
      ? range(rows)
          .map((r) => readGradient(r, OWN, wide, texels))
          .join('\n')
      : '',
    row: [
      ...(shuffles
        ? range(rows).map((r) => `let q${r} = subgroupShuffle(a${r}, turn);`)
        : turnedGradients(rows, wide)),
      ...(texels ? readTexels({ step, offsets }) : readTaps({ step, offsets }, quads, '', !shuffles)),
      ...range(rows).flatMap((r) =>
        range(taps).map((j) => `${chainOf(sums, r * taps + j)} += dot(q${r}, p${j});`),
      ),
    ].join('\n'),
    ...regions,
    store: storeSums(sums, '(params.outputs - first) * TAPS', [
      `let row = ${shuffles ? 'i / TAPS' : ownRow('i / TAPS')};`,
      'if (first + row <= last_output) { partial[at + row * next + i % TAPS] = sum; }',
    ]),
  });
}

/** Where four positions begin, their column, and which row of each lane they are of. */
interface Position {
  readonly at: string;
  readonly x: string;
  readonly row: (r: number) => string;
}
const OWN: Position = { at: 'own_at', x: 'own_x', row: (r) => `${r}u` };

/** The four positions of a turn: each lane reads those of other rows. */
function turnedGradients(rows: number, wide: boolean): string[] {
  const turn: Position = {
    at: 'turn_at',
    x: 'x0',
    row: (part) => `(${part * LANES_OF_QUAD}u + (lane & 3u))`,
  };
  return [
    'let turn_at = g_at + y * params.out_width + x0;',
    ...range(rows / LANES_OF_QUAD).map((part) => readGradient(part, turn, wide)),
    ...range(rows).map(
      (r) => `let q${r} = ${turned(`a${Math.floor(r / LANES_OF_QUAD)}`, r % LANES_OF_QUAD)};`,
    ),
  ];
}

/** Four positions of an output channel's gradient; zero beyond the row. */
function readGradient(i: number, { at, x, row }: Position, wide: boolean, texels = false): string {
  const place = `${at} + min(${row(i)}, last_output - first) * g_plane`;
  if (wide) return `let a${i} = ${quad('g', `(${place}) / 4u`, texels)};`;
  const pixel = (e: number) => `select(0.0, g[g${i} + ${e}u], ${x} + ${e}u < params.out_width)`;
  return `let g${i} = ${place};\nlet a${i} = vec4<f32>(${LANES_OF_VEC4.map((_, e) => pixel(e)).join(', ')});`;
}
