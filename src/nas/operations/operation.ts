import type { Module } from '../../nn/module';
import type { Gpu } from '../../tensor/gpu';

/** 2 halves height and width, rounded up. */
export type Stride = 1 | 2;

export const EFFECTS = ['nothing', 'identity', 'fixed', 'learned'] as const;
/**
 * What an operation does with what arrives, where it does not halve the image:
 * - 'nothing': gives zeros. A cell leaves its edge out, and no search counts its cost.
 * - 'identity': passes it on as it is.
 * - 'fixed': computes without weights, as a pool does.
 * - 'learned': computes with weights, as a convolution does.
 */
export type Effect = (typeof EFFECTS)[number];

/** An operation that a cell may have on an edge. All that is known of it stands here. */
export interface Operation<Name extends string = string> {
  /** What genotypes, search spaces and pictures call it: small letters, digits and underscores. */
  readonly name: Name;
  /** What it does with what arrives. */
  readonly effect: Effect;
  /**
   * What a training step of it costs beside other operations, in units of work (see cost.ts). Default: the mean of the
   * built-in ones. What gives nothing costs nothing.
   */
  readonly cost?: number;
  /**
   * Builds it with fresh weights: [N, C, H, W] → [N, C, ⌈H / stride⌉, ⌈W / stride⌉]. `affine` says whether batch norm
   * learns scale and shift. In a search it does not.
   */
  readonly build: (gpu: Gpu, channels: number, affine: boolean, stride: Stride) => Module;
}

/** Makes the record of a built-in operation: one file beside this one, and one row in table.ts. */
export const operation = <const Name extends string>(record: Operation<Name>): Operation<Name> => record;
