import { kernelFamily } from '../../../runtime/kernel-family';
import { knowSnippets } from '../../../runtime/wgsl/imports';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, quad, storage, texture } from '../../../runtime/wgsl/write';
import source from '../../../shaders/conv2d_lines.wgsl';
import tapsSource from '../../../shaders/conv2d_lines_taps.wgsl';
import linesOf3 from '../../../shaders/snippets/lines_of_3.wgsl';
import linesOf5 from '../../../shaders/snippets/lines_of_5.wgsl';
import type { Kernels } from '../../tensor/kernels';
import { sizeOf, stridesOf } from '../../tensor/shape';
import { areShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import { epilogueUniforms } from '../matmul/epilogue';
import type { Columns, Pass } from './geometry';
import type { LanesCall } from './lanes';

/*
 * Convolutions of 3 or 5 taps a row, four pixels at a time: F(4, 3) and F(4, 5) of Lavin and Gray, arXiv:1509.09308, along rows
 * alone. They multiply 6 times in place of 12, or 8 times in place of 20. Rounding is relative to the largest pixel that a quad
 * meets: of random images 2.5e-7 and 5e-7 of the result is lost, where adding up each pixel's own terms loses 1.1e-7 (root mean
 * squares, as test/ops/conv2d-textures.test.ts bounds them).
 */

knowSnippets({ lines_of_3: linesOf3, lines_of_5: linesOf5 });

/** Lanes of a subgroup. */
export const LANES = 8;
/** Kernel rows a turn. */
const KERNEL_ROWS = 4;
/** Threads of a workgroup that spreads weights. */
const THREADS = 32;
/** Taps, of all channels, beyond which a plain sum of turns would lose digits. */
const MOST_TAPS = 2048;

/** Elements of a line, by the taps that it stands for. */
const ELEMENTS: Readonly<Record<number, number>> = { 3: 6, 5: 8 };

/** Convolution of x, or the gradient of its input from that of its output; undefined where lines cannot do it. */
export function convolveByLines(k: Kernels, call: LanesCall): Tensor | undefined {
  const { x, shape, groups, tiling, bias } = call;
  const pass = onlyPass(k, call);
  if (!pass) return undefined;
  const { rows: walk, columns } = pass;
  const [batch, outChannels, outHeight, outWidth] = shape;
  const [, inChannels, inHeight] = x.shape;
  const [outputs, inputs] = [outChannels / groups, inChannels / groups];
  const taps = columns.offsets.length;
  const quads = outWidth / 4;
  const strips = Math.ceil((batch * outHeight * quads) / LANES);
  const tiles = Math.ceil(outputs / tiling.rows) * groups;
  const flops = 2 * sizeOf(shape) * inputs * walk.taps * taps;
  const out = k.empty(shape);
  using lines = linesOf(k, call, pass);
  k.run(kernelFor({ rows: tiling.rows, taps, texels: areShown(flops, x, lines) }), {
    outputs: [out],
    inputs: [x, lines, bias ?? lines],
    uniforms: {
      ...{ batch, quads, in_height: inHeight, out_height: outHeight },
      ...{ in_channels: inChannels, out_channels: outChannels, inputs, outputs, tiles, strips },
      ...{ step: walk.step, pad: walk.pad, high: walk.taps, spread: walk.spread },
      ...epilogueUniforms(call),
    },
    groups: tiles * strips,
    flops,
  });
  return out;
}

/** Whether rows of so many pixels meet taps in lines: whole quads whose number is kept, and taps side by side around each pixel. */
export function areLines({ step, offsets }: Columns, inWidth: number, outWidth: number): boolean {
  const reach = (offsets.length - 1) / 2;
  const from = Math.sign(offsets[0]);
  const isCentred = offsets.every((offset, j) => offset === from * (reach - j));
  return offsets.length in ELEMENTS && isCentred && step === 1 && inWidth === outWidth && inWidth % 4 === 0;
}

/** The pass that makes up the whole result, if it is made of lines. */
function onlyPass(k: Kernels, { x, shape, groups, tiling: { passes } }: LanesCall): Pass | undefined {
  const [{ rows, columns, out }, ...others] = passes;
  const [, , height, width] = shape;
  const isWhole = others.length === 0 && out.height === height && out.width === width;
  const isShort = (x.shape[1] / groups) * rows.taps * columns.offsets.length <= MOST_TAPS;
  const canDo = isWhole && isShort && areLines(columns, x.shape[3], width);
  return canDo && k.gpu.runtime.subgroupSize === LANES ? passes[0] : undefined;
}

/** The weights of a pass as shaders/conv2d_lines_taps.wgsl lays them out. */
function linesOf(
  k: Kernels,
  { weight, groups, shape, backwards, tiling: { rows: tile } }: LanesCall,
  pass: Pass,
): Tensor {
  const { rows, columns, weight: from } = pass;
  const taps = columns.offsets.length;
  const [perOutput, perInput] = stridesOf(weight.shape);
  const group = weight.shape[0] / groups;
  const [inputs, outputStep, channelStep] = backwards
    ? [group, perInput, perOutput]
    : [weight.shape[1], perOutput, perInput];
  const kernelRows = inputs * rows.taps;
  const padded = KERNEL_ROWS * Math.ceil(kernelRows / KERNEL_ROWS);
  // Leftmost first.
  const mirrored = columns.offsets[0] > 0;
  const outputs = shape[1] / groups;
  const out = k.empty([groups * Math.ceil(outputs / tile) * tile, padded, ELEMENTS[taps]]);
  k.run(tapsKernel(taps), {
    outputs: [out],
    inputs: [weight],
    uniforms: {
      ...{ rows: padded, tile, outputs, all_outputs: shape[1] },
      ...{ kernel_rows: kernelRows, high: rows.taps },
      start: from.start + (mirrored ? (taps - 1) * from.columnStep : 0),
      ...{ group_step: group * perOutput, output_step: outputStep, channel_step: channelStep },
      ...{ row_step: from.rowStep, column_step: mirrored ? -from.columnStep : from.columnStep },
    },
    groups: Math.ceil((shape[1] * padded) / THREADS),
  });
  return out;
}

/** Has a kernel know what lines are. */
export const importLines = (taps: number): string => `//#import lines_of_${taps}`;

/** Declares an operand, and how a quad of it is read. */
export const readsQuads = (binding: number, name: string, reader: string, texels: boolean): string =>
  `${texels ? texture(binding, name) : storage(binding, 'read', name, f32Element(true))}
fn ${reader}(i: u32) -> vec4<f32> { return ${quad(name, 'i', texels)}; }`;

const tapsKernel = kernelFamily((taps: number) => ({
  name: `conv2d.linesTaps${taps}`,
  source: fillRegions(tapsSource, { taps: importLines(taps) }),
}));

interface Form {
  /** Output channels a workgroup. */
  readonly rows: number;
  readonly taps: number;
  /** Whether the image and the weights are textures. */
  readonly texels: boolean;
}

const kernelFor = kernelFamily(({ rows, taps, texels }: Form) => ({
  name: `conv2d.lines${rows}.${taps}`,
  source: fillRegions(source, {
    taps: importLines(taps),
    operands: [
      readsQuads(2, 'image', 'image_quad', texels),
      readsQuads(3, 'weight', 'weight_quad', texels),
      constant('ROWS', rows),
      constant('OWN', (rows * ELEMENTS[taps]) / LANES),
    ].join('\n'),
  }),
}));
