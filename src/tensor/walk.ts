/** Axes of a walk over a tensor that uniform blocks have room for, as two vec4 of lengths or steps. */
export const MAX_WALK_AXES = 8;

/** Lengths or steps of a walk's axes as a uniform block takes them. */
export const walkWords = (values: readonly number[]): number[] => [
  ...values,
  ...new Array<number>(MAX_WALK_AXES - values.length).fill(0),
];
