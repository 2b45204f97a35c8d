import type { CellFrame, SearchSpace } from './space';

/**
 * The search space of NAS-Bench-201 (Dong and Yang 2020, "NAS-Bench-201: extending the scope of reproducible neural
 * architecture search"): five operations, 15,625 cells.
 * @example
 * ```ts
 * nas.nasBench201Space.operations.length ** 6; // → 15625
 * ```
 */
export const nasBench201Space: SearchSpace = {
  name: 'nas-bench-201',
  operations: ['none', 'skip_connect', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'],
  reason: 'the five operations of NAS-Bench-201',
};

/**
 * The network that its cells stand in: 3 × 5 cells of 16, 32 and 64 channels, residual blocks between. Its batch norm
 * learns scale and shift: build networks with `affine: true`.
 * @example
 * ```ts
 * const cell = nas.parseArchitecture('|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|skip_connect~2|', 16);
 * const { backbone } = nas.nasBench201Frame;
 * const net = new nas.CellNetwork(gpu, cell, { classes: 10, size: [32, 32], inputs: 3, affine: true, backbone });
 * net.parameterCount(); // → 316346
 * ```
 */
export const nasBench201Frame: CellFrame = {
  nodes: 4,
  channels: 16,
  backbone: { cells: 17, reductions: 'residual' },
};
