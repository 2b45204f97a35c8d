const TASK_COLOURS = 5;
/** The colour that a task has on the map and beside it. */
export const taskColour = (index: number): string => `--series-${(index % TASK_COLOURS) + 1}`;
