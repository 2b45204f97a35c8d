import { TaskgradError } from '../../runtime/errors';
import type { Stride } from './operations/operation';

export const REDUCTIONS = ['cells', 'residual'] as const;

/**
 * A stack of cells, for images that one cell is too small for, as in NASNet and DARTS. A stem brings the images to a
 * genotype's channels. The cells at a third and at two thirds of the stack are reductions: they halve height and
 * width and double the channels. A global mean and a linear head follow.
 */
export interface Backbone {
  /** Cells in all, the two reductions among them; at least 3. */
  readonly cells: number;
  /**
   * What halves the images: cells that are searched beside the normal one, the default, or residual blocks that are as
   * they are. With those, the last node of a cell sums what arrives at it, and batch norm stands before the mean, as in
   * NAS-Bench-201 (Dong and Yang 2020).
   */
  readonly reductions?: (typeof REDUCTIONS)[number];
}

/** Whether a genotype of such a network has a reduction cell. */
export const drawsReduction = (backbone: Backbone | undefined): boolean =>
  backbone !== undefined && backbone.reductions !== 'residual';

export const HEADS = ['flat', 'mean'] as const;
/**
 * What stands before a network's linear head: all that the last cell says of every pixel, or its mean over them. A lone
 * cell with a mean has a stem as a stack does, if its channels are not those of the images.
 */
export type Head = (typeof HEADS)[number];

/** What stands around a network's cells. */
export interface Surroundings {
  /** Stacks cells; default: one cell on the images themselves. */
  readonly backbone?: Backbone;
  /** Default: 'flat' for one cell, 'mean' for a stack, which has no other. */
  readonly head?: Head;
}

/** A `normal` cell keeps height, width and channels, a `reduction` halves the image and doubles its channels. */
export type CellKind = 'normal' | 'reduction';

/** The cells of a backbone in order, with the channels of their inner nodes. @throws TaskgradError `SEARCH_OPTION` */
export function cellsOf({ cells }: Backbone, channels: number): { kind: CellKind; channels: number }[] {
  if (!Number.isInteger(cells) || cells < 3) {
    throw new TaskgradError(
      'SEARCH_OPTION',
      `backbone: cells is ${cells}, expected an integer from 3, two of which are reductions`,
    );
  }
  const reductions = [Math.floor(cells / 3), Math.floor((2 * cells) / 3)];
  return Array.from({ length: cells }, (_, number) => {
    const before = reductions.filter((at) => at <= number).length;
    return { kind: reductions.includes(number) ? 'reduction' : 'normal', channels: channels * 2 ** before };
  });
}

/** The stride of an edge: the input's edges are where a reduction cell halves the image. */
export function edgeStride(kind: CellKind, edge: string): Stride {
  return kind === 'reduction' && edge.startsWith('0') ? 2 : 1;
}
