import { LANES_OF_QUAD, turned } from '../../../runtime/wgsl/quad';
import { LANES_OF_VEC4, range } from '../../../runtime/wgsl/write';

/*
 * The weights of shaders/conv2d_lanes.wgsl where four lanes swap them: each lane reads those of one output channel in four, and
 * sums up the four in an order of its own. SwiftShader reads one number for one lane at a time, so that a number costs as
 * much as ten multiplications.
 */

/** Output channels that share what is read, where taps are so few that it does not take long to compile. */
const MANY_ROWS = 16;
const FEW_TAPS = 4;

export const rowsOfQuads = (rows: number, outputs: number, taps: number): number =>
  taps <= FEW_TAPS && outputs >= MANY_ROWS ? Math.max(rows, MANY_ROWS) : rows;

/** Where the weights begin of each output channel that a lane reads for the four of its quad. */
export const ownWeights = (rows: number): string[] =>
  range(rows / LANES_OF_QUAD).map(
    (q) =>
      `let ws${q} = (channel_group * params.outputs + min(first + ${q * LANES_OF_QUAD}u + (lane & 3u), last_output)) * all_turns * WIDE;`,
  );

/** Reads a turn's weights, and no number that only fills a vec4. */
export const readOwnWeights = (rows: number, taps: number): string[] =>
  range(rows / LANES_OF_QUAD).flatMap((q) =>
    range(taps).map(
      (tap) =>
        `let w${q}_${tap} = weight[ws${q} + (t0 + turn) * WIDE + ${Math.floor(tap / 4)}u].${LANES_OF_VEC4[tap % 4]};`,
    ),
  );

/** The weight at a tap of the lane's own row. */
export const turnedWeight = (row: number, tap: number): string =>
  turned(`w${Math.floor(row / LANES_OF_QUAD)}_${tap}`, row % LANES_OF_QUAD);
