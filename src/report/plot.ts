import { INK } from './chart';

const WIDTH = 480;
const LEGEND_WIDTH = WIDTH - 40;
const LEGEND_ROW = 29;
/** Rough widths of a letter, and of a line's sign with the gaps around it. */
const LETTER = 7.6;
const SIGN = 48;
const TOP = 52;
const HEIGHT = 236;
const AXIS_ROOM = 52;

/** Rows of a legend that breaks where the next name would not fit: the renderer leaves the room to us. */
function legendRows(names: readonly string[]): number {
  let rows = 1;
  let filled = 0;
  for (const name of names) {
    const needed = name.length * LETTER + SIGN;
    if (filled > 0 && filled + needed > LEGEND_WIDTH) {
      rows++;
      filled = 0;
    }
    filled += needed;
  }
  return rows;
}

/** Where heading, plot, axis name and legend of a line chart stand, in pixels. */
export function plotLayout(names: readonly string[]) {
  return {
    grid: { left: 66, right: 24, top: TOP, height: HEIGHT, outerBoundsMode: 'none' as const },
    legend: {
      data: [...names],
      left: 'center',
      top: TOP + HEIGHT + AXIS_ROOM,
      width: LEGEND_WIDTH,
      itemGap: 16,
      selectedMode: false,
      textStyle: { color: INK, fontSize: 12.5 },
    },
    width: WIDTH,
    height: TOP + HEIGHT + AXIS_ROOM + legendRows(names) * LEGEND_ROW + 8,
  };
}
