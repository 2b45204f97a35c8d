import { range } from '../../../runtime/wgsl/write';
import { type Shape, stridesOf } from '../../tensor/shape';
import type { Pair } from '../pair';

/** The options of a convolution with everything filled in. */
export interface Geometry {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

/** Which rows of an image the rows of a kernel meet: output row y and kernel row i meet y * step − pad + i * spread. */
interface Rows {
  readonly step: number;
  readonly pad: number;
  readonly spread: number;
  readonly taps: number;
}

/** Which columns of an image a row of taps meets. */
export interface Columns {
  readonly step: number;
  /** Column of each tap from the first pixel of an output. */
  readonly offsets: readonly number[];
}

/** One walk over an image, with some of the kernel's taps and some of the result's pixels. */
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

/** One axis of a convolution, in pixels. */
export interface AxisSizes {
  readonly input: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** The pixels of one axis of the input that lie `residue` past a multiple of the stride, and the taps that reach them. */
export interface Residue {
  readonly residue: number;
  readonly count: number;
  /** None where the kernel passes the pixels over. */
  readonly taps: readonly {
    readonly tap: number;
    /** Position of the output that it meets, from the number of the pixel in its residue. */
    readonly offset: number;
  }[];
}

/** The residues of the stride: for each of them the gradient of the input is a correlation of stride 1. */
export function residuesOf({ input, taps, stride, padding, dilation }: AxisSizes): Residue[] {
  return range(Math.min(stride, input)).map((residue) => ({
    residue,
    count: Math.ceil((input - residue) / stride),
    taps: range(taps)
      .map((tap) => ({ tap, offset: (residue + padding - tap * dilation) / stride }))
      .filter(({ offset }) => Number.isInteger(offset)),
  }));
}

/**
 * The passes of the gradient of an input `shape` [N, C, H, W]: each residue of the stride is a correlation of stride 1
 * of the output's gradient with the taps that reach it. Pixels that no tap reaches are in none.
 */
export function gradientPasses(weight: Shape, geometry: Geometry, shape: Shape): Pass[] {
  const { stride, padding, dilation } = geometry;
  const width = shape[3];
  const [, , perRow] = stridesOf(weight);
  const [rowResidues, columnResidues] = [0, 1].map((i) =>
    residuesOf({
      input: shape[2 + i],
      taps: weight[2 + i],
      stride: stride[i],
      padding: padding[i],
      dilation: dilation[i],
    }).filter(({ taps }) => taps.length > 0),
  );
  return rowResidues.flatMap((down) =>
    columnResidues.map((across): Pass => {
      const [top, below = top] = down.taps;
      const [left, next = left] = across.taps;
      return {
        rows: { step: 1, pad: -top.offset, spread: below.offset - top.offset, taps: down.taps.length },
        columns: { step: 1, offsets: across.taps.map(({ offset }) => offset) },
        weight: {
          start: top.tap * perRow + left.tap,
          rowStep: (below.tap - top.tap) * perRow,
          columnStep: next.tap - left.tap,
        },
        out: {
          height: down.count,
          width: across.count,
          start: down.residue * width + across.residue,
          rowStep: stride[0] * width,
          columnStep: stride[1],
        },
      };
    }),
  );
}
