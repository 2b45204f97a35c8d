/* How four neighbouring lanes hand round what each of them has: lane l takes that of lane l ^ turn, for turn 0 to 3. */

export const LANES_OF_QUAD = 4;

const TURNS = [
  (value: string) => value,
  (value: string) => `quadSwapX(${value})`,
  (value: string) => `quadSwapY(${value})`,
  (value: string) => `quadSwapDiagonal(${value})`,
];

/** A value of the lane that a turn brings. */
export const turned = (value: string, turn: number): string => TURNS[turn](value);

/** Which of the four that lane is. */
export const laneOfTurn = (lane: string, turn: number): string => `((${lane} & 3u) ^ ${turn}u)`;
