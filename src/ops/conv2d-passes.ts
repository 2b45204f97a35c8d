import { type Shape, stridesOf } from '../tensor/shape';
import type { Geometry } from './conv2d-kernels';
import { type Columns, range } from './conv2d-walk';

/** Which rows of an image the rows of a kernel meet: output row y and kernel row i meet y * step − pad + i * spread. */
interface Rows {
  readonly step: number;
  readonly pad: number;
  readonly spread: number;
  readonly taps: number;
}

/** One way over an image, with some of the kernel's taps and some of the result's pixels. */
export interface Pass {
  readonly rows: Rows;
  readonly columns: Columns;
  /** Where the taps lie in a plane of the kernel. */
  readonly weight: { readonly start: number; readonly rowStep: number; readonly columnStep: number };
  /** Where the pixels lie in a plane of the result, and how many there are. */
  readonly out: {
    readonly height: number;
    readonly width: number;
    readonly start: number;
    readonly rowStep: number;
    readonly columnStep: number;
  };
}

/** The pass of a convolution with a weight [O, C/groups, KH, KW] to a result [N, O, H, W]. */
export function forwardPass(weight: Shape, { stride, padding, dilation }: Geometry, out: Shape): Pass {
  const [, , high, wide] = weight;
  const [, , height, width] = out;
  const offsets = range(wide).map((tap) => tap * dilation[1] - padding[1]);
  return {
    rows: { step: stride[0], pad: padding[0], spread: dilation[0], taps: high },
    columns: { step: stride[1], offsets },
    weight: { start: 0, rowStep: wide, columnStep: 1 },
    out: { height, width, start: 0, rowStep: width, columnStep: 1 },
  };
}

/** The pixels of one axis of the input that are a multiple of the stride from `phase`, and the taps that reach them. */
interface Phase {
  readonly phase: number;
  readonly count: number;
  readonly firstTap: number;
  readonly tapStep: number;
  /** Position of the output that each tap meets, from that of the pixel in its phase. */
  readonly offsets: readonly number[];
}

function phasesOf(size: number, taps: number, stride: number, padding: number, dilation: number): Phase[] {
  return range(Math.min(stride, size)).flatMap((phase) => {
    const reaching = range(taps).filter((tap) => (phase + padding - tap * dilation) % stride === 0);
    if (reaching.length === 0) return [];
    const [firstTap, second = firstTap] = reaching;
    return {
      phase,
      count: Math.ceil((size - phase) / stride),
      firstTap,
      tapStep: second - firstTap,
      offsets: reaching.map((tap) => (phase + padding - tap * dilation) / stride),
    };
  });
}

/**
 * The passes of the gradient of an input `shape` [N, C, H, W]: each phase of the stride is a correlation of stride 1 of
 * the output's gradient with the taps that reach it. Pixels that no tap reaches are in none.
 */
export function gradientPasses(weight: Shape, { stride, padding, dilation }: Geometry, shape: Shape): Pass[] {
  const [, , high, wide] = weight;
  const [, , height, width] = shape;
  const [, , perRow] = stridesOf(weight);
  const columnPhases = phasesOf(width, wide, stride[1], padding[1], dilation[1]);
  return phasesOf(height, high, stride[0], padding[0], dilation[0]).flatMap((down) =>
    columnPhases.map((across): Pass => {
      const [top, next = top] = down.offsets;
      return {
        rows: { step: 1, pad: -top, spread: next - top, taps: down.offsets.length },
        columns: { step: 1, offsets: across.offsets },
        weight: {
          start: down.firstTap * perRow + across.firstTap,
          rowStep: down.tapStep * perRow,
          columnStep: across.tapStep,
        },
        out: {
          ...{ height: down.count, width: across.count },
          start: down.phase * width + across.phase,
          ...{ rowStep: stride[0] * width, columnStep: stride[1] },
        },
      };
    }),
  );
}
