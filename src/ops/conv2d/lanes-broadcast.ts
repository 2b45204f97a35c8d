import { LANES_OF_VEC4, range } from '../../../runtime/wgsl/write';

/*
 * The weights of shaders/conv2d_lanes.wgsl where the lanes of a subgroup broadcast them: each lane reads those of other
 * output channels. SwiftShader reads one number for one lane at a time, so that a number costs as much as ten multiplications.
 */

/** Output channels that share what is read, where taps are so few that it does not take long to compile. */
const MANY_ROWS = 16;
const FEW_TAPS = 4;

export const broadcastRows = (rows: number, outputs: number, taps: number): number =>
  taps <= FEW_TAPS && outputs >= MANY_ROWS ? Math.max(rows, MANY_ROWS) : rows;

/** Where the weights begin of each output channel that a lane reads for all. */
export const ownWeights = (rows: number, subgroup: number): string[] =>
  range(rows / subgroup).map(
    (q) =>
      `let ws${q} = (channel_group * params.outputs + min(first + ${q * subgroup}u + lane % ${subgroup}u, last_output)) * all_turns * WIDE;`,
  );

/** Reads a turn's weights, and no number that only fills a vec4. */
export const readOwnWeights = (rows: number, subgroup: number, taps: number): string[] =>
  range(rows / subgroup).flatMap((q) =>
    range(taps).map(
      (tap) =>
        `let w${q}_${tap} = weight[ws${q} + (t0 + turn) * WIDE + ${Math.floor(tap / 4)}u].${LANES_OF_VEC4[tap % 4]};`,
    ),
  );

/** The weight of an output channel at a tap. */
export const broadcastWeight = (row: number, subgroup: number, tap: number): string =>
  `subgroupBroadcast(w${Math.floor(row / subgroup)}_${tap}, ${row % subgroup}u)`;
