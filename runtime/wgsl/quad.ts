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

/** Which row lane `lane` has where lane 0 of its quad has `row`, if each turn brings another one's. */
export const ownRow = (row: string): string => `((${row}) ^ (lane & 3u))`;
