/** Moments that a chart marks along its horizontal axis. */
export interface Mark {
  /** Where it stands on the horizontal axis. */
  readonly at: number;
  readonly text: string;
}

/** Dotted uprights over a range of the vertical axis, each with its text at the top. */
export function uprights(marks: readonly Mark[], [low, high]: [number, number], color: string) {
  return {
    type: 'line' as const,
    name: 'marks',
    color,
    silent: true,
    symbolSize: 0.1,
    lineStyle: { width: 1, type: 'dotted' as const },
    tooltip: { show: false },
    data: marks.flatMap(({ at, text }) => [
      { value: [at, low] },
      {
        value: [at, high],
        label: { show: true, formatter: text, position: 'insideTopLeft' as const, color, fontSize: 11 },
      },
      { value: ['-', '-'] },
    ]),
  };
}
