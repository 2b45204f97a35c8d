import { conv7x1x1x7 } from './conv-7x1-1x7';
import { none } from './none';
import { norConv1x1, norConv3x3 } from './nor-conv';
import type { Operation } from './operation';
import { avgPool3x3, maxPool3x3 } from './pools';
import { dilConv3x3, dilConv5x5, sepConv3x3, sepConv5x5, sepConv7x7 } from './separable';
import { skipConnect } from './skip-connect';

/** One row an operation. Random draws and α follow this order, so a new one comes last. */
const ROWS = [
  none,
  avgPool3x3,
  maxPool3x3,
  skipConnect,
  sepConv3x3,
  sepConv5x5,
  sepConv7x7,
  dilConv3x3,
  dilConv5x5,
  conv7x1x1x7,
] as const;

/** Built-in operations that the standard space is without: those of other spaces. */
const FURTHER = [norConv1x1, norConv3x3] as const;

/** A built-in operation's name. */
export type BuiltInOperation = (typeof ROWS)[number]['name'] | (typeof FURTHER)[number]['name'];

/**
 * The built-in operations of a cell's edges by name: those of DARTS (Liu et al. 2019), then those of NAS-Bench-201 that
 * DARTS has not. Convolutions have no bias.
 * @example
 * ```ts
 * const module = nas.OPERATIONS.max_pool_3x3.build(gpu, 4, false, 2);
 * module.forward(gpu.ones([1, 4, 8, 8])).shape; // → [1, 4, 4, 4]
 * ```
 */
export const OPERATIONS = Object.fromEntries([...ROWS, ...FURTHER].map((row) => [row.name, row])) as {
  readonly [Name in BuiltInOperation]: Operation<Name>;
};

/**
 * Names of the operations of the standard space, in the order that draws and α follow.
 * @example
 * ```ts
 * nas.OPERATION_NAMES[3]; // → 'skip_connect'
 * ```
 */
export const OPERATION_NAMES: readonly (typeof ROWS)[number]['name'][] = ROWS.map(({ name }) => name);
