import { kernelFamily } from '../../../runtime/kernel-family';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, LANES_OF_VEC4, range, storage } from '../../../runtime/wgsl/write';
import source from '../../../shaders/conv2d_lanes_weight.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { type Shape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import { type Columns, forwardPass, type Geometry } from './geometry';
import { addParts, SAMPLES_OF_PART, splitTerms, sumConstants, sumOf, sumRegions } from './split';
import { lanesHeight, readsQuads, readTaps } from './taps';

/** Workgroups that a weight gradient is split into, where its weights make fewer. */
const WANTED_GROUPS = 32;

/** Taps of a kernel row over which each pixel read is used again: fewer do not pay. */
const LEAST_TAPS = 2;

interface WeightCall {
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
  const rows = lanesHeight(outputs, taps);
  const lanes = k.gpu.runtime.subgroupSize;
  if (!k.gpu.adapter.software || lanes < 2) return undefined;
  // The kernel knows one stride for both axes.
  if (down.step !== columns.step || !rows || taps < LEAST_TAPS) return undefined;
  const [batch, , outHeight, outWidth] = grad.shape;
  const [, inChannels, inHeight, inWidth] = x.shape;
  const pairTiles = Math.ceil((inputs * high) / lanes);
  const tiles = pairTiles * Math.ceil(outputs / rows) * geometry.groups;
  const { parts, length } = splitTerms(
    batch,
    tiles,
    WANTED_GROUPS,
    1,
    perSample ? SAMPLES_OF_PART : undefined,
  );
  const terms = outHeight * outWidth * (perSample ? 1 : length);
  const partial = k.empty([parts, ...shape]);
  const { step, offsets } = columns;
  const form = { rows, lanes, step, offsets, quads: readsQuads(columns, inWidth, outWidth) };
  k.run(kernelFor({ ...form, wide: outWidth % 4 === 0 }), {
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
    flops: 2 * grad.size * sizeOf(shape.slice(1)),
    constants: sumConstants(perSample, terms),
  });
  return addParts(k, partial, shape);
}

interface Form extends Columns {
  readonly rows: number;
  readonly lanes: number;
  /** Whether the image, and whether the gradient, is read as aligned vec4. */
  readonly quads: boolean;
  readonly wide: boolean;
}

const kernelFor = kernelFamily((form: Form) => ({
  name: `conv2d.lanesWeight${form.rows}.${form.offsets.length}`,
  source: write(form),
}));

function write({ rows, lanes, step, offsets, quads, wide }: Form): string {
  const taps = offsets.length;
  const sums = range(rows).flatMap((r) => range(taps).map((j) => ({ r, j, name: `${r}_${j}` })));
  const { sums: start, ...regions } = sumRegions(sums.map(({ name }) => name));
  return fillRegions(source, {
    operands: [
      storage(2, 'read', 'g', f32Element(wide)),
      storage(3, 'read', 'image', f32Element(quads)),
      constant('ROWS', rows),
      constant('LANES', lanes),
      constant('TAPS', taps),
    ].join('\n'),
    start,
    read: range(rows)
      .map((r) => readGradient(r, wide))
      .join('\n'),
    row: [
      ...range(rows).map((r) => `let q${r} = subgroupShuffle(a${r}, turn);`),
      ...readTaps({ step, offsets }, quads),
      ...sums.map(({ r, j, name }) => `s${name} += dot(q${r}, p${j});`),
    ].join('\n'),
    ...regions,
    store: range(rows)
      .map((r) => {
        const stores = range(taps).map((j) => `partial[at + ${r}u * next + ${j}u] = ${sumOf(`${r}_${j}`)};`);
        return `if (first + ${r}u <= last_output) {\n${stores.join('\n')}\n}`;
      })
      .join('\n'),
  });
}

/** Four positions of an output channel's gradient; zero beyond the row. */
function readGradient(r: number, wide: boolean): string {
  const at = `own_at + min(${r}u, last_output - first) * g_plane`;
  if (wide) return `let a${r} = g[(${at}) / 4u];`;
  const pixel = (e: number) => `select(0.0, g[g${r} + ${e}u], own_x + ${e}u < params.out_width)`;
  return `let g${r} = ${at};\nlet a${r} = vec4<f32>(${LANES_OF_VEC4.map((_, e) => pixel(e)).join(', ')});`;
}
