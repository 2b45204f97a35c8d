import { LANES_OF_VEC4, quad, range } from '../../../runtime/wgsl/write';
import type { Columns } from './geometry';

/** Taps of a row of the kernel: longer ones are rare. */
const MAX_TAPS = 8;
/** Output channels a workgroup: more of them share what is read, but take longer to compile. */
const HEIGHTS = [8, 4];
/** A vec4 and its two neighbours cover taps so far from a pixel. */
export const MAX_OFFSET = 4;

/**
 * Output channels a workgroup of a lanes kernel should do; undefined where it does not pay: it needs some output channels
 * to share what is read, and a short kernel row.
 */
export const lanesHeight = (
  outputs: number,
  taps: number,
  heights: readonly number[] = HEIGHTS,
): number | undefined => (taps > MAX_TAPS ? undefined : heights.find((height) => height <= outputs));

/** Whether an image of one width, read for results of another, can be read as aligned vec4. */
export const readsQuads = ({ step, offsets }: Columns, inWidth: number, outWidth: number): boolean =>
  step === 1 &&
  inWidth === outWidth &&
  inWidth % 4 === 0 &&
  offsets.every((offset) => Math.abs(offset) <= MAX_OFFSET);

/** The quads that taps take their pixels from: the one of the output itself, and those beside it that a tap needs. */
interface Quads {
  /** Lines that set p0, p1, ...: the four pixels of each tap, of `left_quad`, `here_quad` and `right_quad`. */
  readonly pixels: readonly string[];
  readonly needsLeft: boolean;
  readonly needsRight: boolean;
}

/** All names end in the suffix. */
export function quadsOf(offsets: readonly number[], suffix = ''): Quads {
  const row = ['left', 'here', 'right'].flatMap((side) =>
    LANES_OF_VEC4.map((lane) => `${side}_quad${suffix}.${lane}`),
  );
  return {
    pixels: offsets.map(
      (offset, j) => `let p${j}${suffix} = vec4<f32>(${row.slice(4 + offset, 8 + offset).join(', ')});`,
    ),
    needsLeft: offsets.some((offset) => offset < 0),
    needsRight: offsets.some((offset) => offset > 0),
  };
}

/**
 * WGSL that sets p0, p1, ...: for each tap the pixels of four outputs, zero outside of the image.
 * @param spares of quads too it reads no pixel that no tap meets, where each costs
 */
export const readTaps = (columns: Columns, quads: boolean, suffix = '', spares = false): string[] =>
  !quads ? readPixels(columns, suffix) : spares ? readMetPixels(columns, suffix) : readQuads(columns, suffix);

/**
 * Lines that set `<side>_quad` to four pixels of an image, of which those that `pixels` name are read, one by one where they
 * are not all; zeros unless all conditions hold.
 */
export function readMet(
  pixels: readonly string[],
  side: string,
  place: string,
  conditions: readonly string[],
  s = '',
): string[] {
  const name = `${side}_quad${s}`;
  const met = LANES_OF_VEC4.filter((lane) => pixels.some((line) => line.includes(`${name}.${lane}`)));
  if (met.length === 0) return [];
  const inside = (value: string, none: string) =>
    conditions.length === 0 ? value : `select(${none}, ${value}, ${conditions.join(' & ')})`;
  if (met.length === LANES_OF_VEC4.length)
    return [`let ${name} = ${inside(`image[${place}]`, 'vec4<f32>()')};`];
  const four = LANES_OF_VEC4.map((lane) =>
    met.includes(lane) ? inside(`image[${name}_at].${lane}`, '0.0') : '0.0',
  );
  return [`let ${name}_at = ${place};`, `let ${name} = vec4<f32>(${four.join(', ')});`];
}

/** Reads of a row's aligned quads what taps meet. */
function readMetPixels({ offsets }: Columns, s: string): string[] {
  const { pixels } = quadsOf(offsets, s);
  return [
    `let quad${s} = u32(max(at${s}, 0)) / 4u;`,
    ...readMet(pixels, 'left', `max(quad${s}, 1u) - 1u`, [`inside${s}`, '(x0 > 0u)'], s),
    ...readMet(pixels, 'here', `quad${s}`, [`inside${s}`], s),
    ...readMet(pixels, 'right', `quad${s} + 1u`, [`inside${s}`, '(x0 + 4u < params.in_width)'], s),
    ...pixels,
  ];
}

/** Reads a row's aligned quads. */
function readQuads({ offsets }: Columns, s: string): string[] {
  const { pixels, needsLeft, needsRight } = quadsOf(offsets, s);
  const read = (side: string, place: string, condition: string) =>
    `let ${side}_quad${s} = select(vec4<f32>(), image[${place}], ${condition});`;
  return [
    `let quad${s} = u32(max(at${s}, 0)) / 4u;`,
    ...(needsLeft ? [read('left', `max(quad${s}, 1u) - 1u`, `inside${s} & (x0 > 0u)`)] : []),
    read('here', `quad${s}`, `inside${s}`),
    ...(needsRight ? [read('right', `quad${s} + 1u`, `inside${s} & (x0 + 4u < params.in_width)`)] : []),
    ...pixels,
  ];
}

/** Reads of a texture all quads that taps of a row meet. */
export function readTexels({ step, offsets }: Columns, s = ''): string[] {
  const columns = offsets.map((offset) => range(4).map((e) => e * step + offset));
  const quads = [...new Set(columns.flat().map((column) => Math.floor(column / 4)))].sort((a, b) => a - b);
  const name = (i: number) => `texel${quads.indexOf(i)}${s}`;
  const inside = (i: number) => `inside${s} & (u32(left + ${4 * i}) < params.in_width)`;
  const pixel = (column: number) => `${name(Math.floor(column / 4))}.${LANES_OF_VEC4[column & 3]}`;
  return [
    ...quads.map(
      (i) =>
        `let ${name(i)} = select(vec4<f32>(), ${quad('image', `u32(max(at${s} / 4 + ${i}, 0))`, true)}, ${inside(i)});`,
    ),
    ...columns.map((four, j) => `let p${j}${s} = vec4<f32>(${four.map(pixel).join(', ')});`),
  ];
}

/** Reads each pixel that a tap needs once; names end in the suffix, as those of the place do. */
function readPixels({ step, offsets }: Columns, suffix = ''): string[] {
  const columns = offsets.map((offset) => range(4).map((e) => e * step + offset));
  const distinct = [...new Set(columns.flat())].sort((a, b) => a - b);
  const name = (column: number) => `e${distinct.indexOf(column)}${suffix}`;
  // Not `&&`, which branches: SwiftShader took ten seconds to compile sixteen of them.
  const inside = (column: number) => `inside${suffix} & (u32(left + (${column})) < params.in_width)`;
  return [
    ...distinct.map(
      (column) =>
        `let ${name(column)} = select(0.0, image[u32(max(at${suffix} + (${column}), 0))], ${inside(column)});`,
    ),
    ...columns.map((four, j) => `let p${j}${suffix} = vec4<f32>(${four.map(name).join(', ')});`),
  ];
}
