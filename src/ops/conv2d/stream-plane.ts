import { quad, range } from '../../../runtime/wgsl/write';
import type { Kernels } from '../../tensor/kernels';
import type { Shape } from '../../tensor/shape';
import type { Geometry } from './geometry';
import { MAX_OFFSET, quadsOf, readMet, readTaps } from './taps';

/* What the streaming kernels of stream.ts and stream-weight.ts have in common. */

/** Weights that a thread holds: more of them would not pay. */
const MAX_WEIGHTS = 64;
const MAX_OUTPUTS = 4;
const MAX_INPUTS = 8;
/** Narrower rows would leave most of each group of four columns empty. */
const LEAST_RAGGED = 3;

/** The kernel's plane: taps, and where they lie from the output pixel. */
export interface Plane {
  readonly high: number;
  readonly wide: number;
  /** Rows between taps, and rows above the output row. */
  readonly spread: number;
  readonly pad: number;
  /** Column offset of each tap. */
  readonly offsets: readonly number[];
}

/** Whether rows are no whole groups of four columns. */
export const isRagged = (width: number): boolean => width % 4 !== 0;

/**
 * The plane of a convolution that the streaming kernels can do: stride 1, a width that is kept, taps near their pixel, few of
 * them. Undefined for others, and on GPUs for rows that are no whole groups of four columns.
 */
export function streamPlane(
  k: Kernels,
  x: Shape,
  weight: Shape,
  out: Shape,
  geometry: Geometry,
): Plane | undefined {
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
    (!isRagged(x[3]) || (k.gpu.adapter.software && x[3] >= LEAST_RAGGED)) &&
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
export const outputsFor = (groupOutputs: number, weightsEach: number): number =>
  Math.max(
    1,
    ...range(Math.min(MAX_OUTPUTS, groupOutputs) + 1).filter(
      (outputs) => groupOutputs % outputs === 0 && outputs * weightsEach <= MAX_WEIGHTS,
    ),
  );

/** A plane without its padding, and how many output channels a thread takes. */
export interface Form {
  readonly plane: Omit<Plane, 'pad'>;
  readonly outputs: number;
  /** Whether a pixel that no tap meets is not read, though it lies in a quad of others. */
  readonly spares: boolean;
  /** Whether the operands are textures. */
  readonly texels: boolean;
  /** Whether rows are no whole groups of four columns, and pixels are read and written one by one. */
  readonly ragged: boolean;
}

export const withoutPad = ({ pad, ...plane }: Plane): Omit<Plane, 'pad'> => plane;
export const tapsOf = ({ plane: { high, wide } }: Form): string => `${high}x${wide}`;
export const sparesOn = ({ gpu }: Kernels): boolean => gpu.adapter.kind === 'swiftshader';

/**
 * WGSL that sets p0, p1, ... to what the taps meet in line `line` of the image, at columns 4q to 4q + 3; of quads no more than is
 * needed, and neighbours only where a tap needs them, where that pays.
 */
export function readRow(
  { plane: { offsets }, spares, texels, ragged }: Form,
  condition: readonly string[] = [],
): string[] {
  if (ragged)
    return [
      'let left = i32(4u * q);',
      'let at = i32(line * params.in_width) + left;',
      `let inside = ${condition.join(' & ') || 'true'};`,
      ...readTaps({ step: 1, offsets }, false),
    ];
  const place = 'let at = line * params.quads + q;';
  const { pixels, needsLeft, needsRight } = quadsOf(offsets);
  if (spares)
    return [
      place,
      ...readMet(pixels, 'left', 'max(at, 1u) - 1u', ['has_left', ...condition]),
      ...readMet(pixels, 'here', 'at', condition),
      ...readMet(pixels, 'right', 'at + 1u', ['has_right', ...condition]),
      ...pixels,
    ];
  const read = (side: string, place: string, condition: string) =>
    `let ${side}_quad = select(vec4<f32>(), ${quad('image', place, texels)}, ${condition});`;
  return [
    place,
    `let here_quad = ${quad('image', 'at', texels)};`,
    ...(needsLeft ? [read('left', 'max(at, 1u) - 1u', 'has_left')] : []),
    ...(needsRight ? [read('right', 'at + 1u', 'has_right')] : []),
    ...pixels,
  ];
}
