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
/** Threads of a workgroup that spreads weights. */
const THREADS = 32;
/** Taps, of all channels, beyond which a plain sum of turns would lose digits. */
const MOST_TAPS = 2048;
/** Rows of a kernel, which are all written out. */
const MOST_ROWS = 5;
/** Rows of a kernel that a turn takes at least: of several channels where it has fewer. */
const ROWS_OF_TURN = 3;
/** Output channels a workgroup; half as many where a lane has two quads of each, with lines of 5 taps: more sums are slower. */
const MOST_OUTPUTS = 16;

/** Elements of a line, by the taps that it stands for. */
const ELEMENTS: Readonly<Record<number, number>> = { 3: 6, 5: 8 };

/** What is written out in a kernel. */
interface Form {
  /** Output channels a workgroup. */
  readonly outputs: number;
  /** Quads of each that a lane has, one below the other. */
  readonly down: 1 | 2;
  readonly taps: number;
  /** Rows of the kernel. */
  readonly high: number;
  /** Input channels a turn. */
  readonly channels: number;
  /** Quads of weights an output channel, a turn. */
  readonly quads: number;
}

function formOf({ tiling }: LanesCall, { rows, columns }: Pass): Form {
  const [high, taps] = [rows.taps, columns.offsets.length];
  const down = high > 1 && rows.step === 1 && Math.abs(rows.spread) === 1 ? 2 : 1;
  const channels = Math.ceil(ROWS_OF_TURN / high);
  const most = down === 2 && taps === 5 ? MOST_OUTPUTS / 2 : MOST_OUTPUTS;
  const outputs = Math.min(tiling.rows, most);
  return { outputs, down, taps, high, channels, quads: Math.ceil((channels * high * ELEMENTS[taps]) / 4) };
}

/** Convolution of x, or the gradient of its input from that of its output; undefined where lines cannot do it. */
export function convolveByLines(k: Kernels, call: LanesCall): Tensor | undefined {
  const { x, shape, groups, bias } = call;
  const pass = onlyPass(k, call);
  if (!pass) return undefined;
  const form = formOf(call, pass);
  const { down, taps, high } = form;
  const { step, pad, spread } = pass.rows;
  const [batch, outChannels, outHeight, outWidth] = shape;
  const [, inChannels, inHeight] = x.shape;
  const [outputs, inputs] = [outChannels / groups, inChannels / groups];
  const quads = outWidth / 4;
  const strips = Math.ceil((batch * Math.ceil(outHeight / down) * quads) / LANES);
  const tiles = Math.ceil(outputs / form.outputs) * groups;
  const flops = 2 * sizeOf(shape) * inputs * high * taps;
  const out = k.empty(shape);
  using lines = linesOf(k, call, pass, form);
  k.run(kernelFor({ ...form, texels: areShown(flops, x, lines) }), {
    outputs: [out],
    inputs: [x, lines, bias ?? lines],
    uniforms: {
      ...{ batch, quads, in_height: inHeight, out_height: outHeight },
      ...{ in_channels: inChannels, out_channels: outChannels, inputs, outputs, tiles, strips },
      // From the topmost row of the kernel on.
      ...{ step, pad: pad + (high - 1) * Math.max(-spread, 0), spread: Math.abs(spread) },
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
  const canDo = isWhole && isShort && rows.taps <= MOST_ROWS && areLines(columns, x.shape[3], width);
  return canDo && k.gpu.runtime.subgroupSize === LANES ? passes[0] : undefined;
}

/** The weights of a pass as shaders/conv2d_lines_taps.wgsl lays them out: of each channel the topmost row first, of each row the leftmost tap. */
function linesOf(
  k: Kernels,
  { weight, groups, shape, backwards }: LanesCall,
  pass: Pass,
  form: Form,
): Tensor {
  const { rows, columns, weight: from } = pass;
  const { outputs: tile, taps, high, channels, quads } = form;
  const [perOutput, perInput] = stridesOf(weight.shape);
  const group = weight.shape[0] / groups;
  const [inputs, outputStep, channelStep] = backwards
    ? [group, perInput, perOutput]
    : [weight.shape[1], perOutput, perInput];
  const outputs = shape[1] / groups;
  const turns = Math.ceil(inputs / channels);
  const tiles = Math.ceil(outputs / tile);
  const [down, across] = [
    { steps: high - 1, by: from.rowStep, mirrored: rows.spread < 0 },
    { steps: taps - 1, by: from.columnStep, mirrored: columns.offsets[0] > 0 },
  ].map(({ steps, by, mirrored }) => (mirrored ? { start: steps * by, step: -by } : { start: 0, step: by }));
  const out = k.empty([groups * tiles, turns, tile, quads, 4]);
  k.run(tapsKernel(taps), {
    outputs: [out],
    inputs: [weight],
    uniforms: {
      ...{ all_outputs: shape[1], outputs, tile_bits: Math.log2(tile), tiles },
      ...{ inputs, channels, turns, high, quads, start: from.start + down.start + across.start },
      ...{ group_step: group * perOutput, output_step: outputStep, channel_step: channelStep },
      ...{ row_step: down.step, column_step: across.step },
    },
    groups: Math.ceil((shape[1] * turns * channels) / THREADS),
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

interface Written extends Form {
  /** Whether the image and the weights are textures. */
  readonly texels: boolean;
}

const kernelFor = kernelFamily((written: Written) => ({
  name: `conv2d.lines${written.outputs}.${written.high}x${written.taps}`,
  source: write(written),
}));

function write({ outputs, down, taps, high, channels, quads, texels }: Written): string {
  const seen = high + down - 1;
  const constants = {
    ...{ ROWS: outputs, DOWN: down, HIGH: high, CHANNELS: channels, LINES: channels * high },
    ...{ QUADS: quads, OWN: Math.ceil((outputs * quads) / LANES) },
    ...{ SEEN: seen, READ: channels * seen, ENDS: Math.ceil((channels * seen) / 4) },
  };
  return fillRegions(source, {
    taps: importLines(taps),
    operands: [
      readsQuads(2, 'image', 'image_quad', texels),
      readsQuads(3, 'weight', 'weight_quad', texels),
      ...Object.entries(constants).map(([name, value]) => constant(name, value)),
    ].join('\n'),
  });
}
