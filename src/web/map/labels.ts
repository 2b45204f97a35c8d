/** The left top corner of a name, in pixels of the map. */
export interface Corner {
  readonly left: number;
  readonly top: number;
}

export const LABEL_HEIGHT = 24;
/** Between a name and the frame. */
const EDGE = 4;
/** Between two names. */
const GAP = 2;
/** From a ball to the corner of its name: above and a little to the left, or under it. */
const LEFT = -20;
const ABOVE = -34;
const BELOW = 12;
/** How far a name may stand from its ball, in heights of names. */
const MOST_STEPS = 8;

/**
 * Where names stand: above their balls, else below or as near as there is room, always inside the frame and never one
 * over another, unless they are too many for it.
 * @param widths of the names
 */
export function placeLabels(
  balls: readonly { readonly x: number; readonly y: number }[],
  widths: readonly number[],
  frame: { readonly width: number; readonly height: number },
): Corner[] {
  const placed: (Corner & { width: number })[] = [];
  return balls.map(({ x, y }, i) => {
    const width = widths[i];
    const left = within(x + LEFT, frame.width - width);
    const tops = candidates(y).map((top) => within(top, frame.height - LABEL_HEIGHT));
    const isFree = (top: number) => placed.every((other) => !meet({ left, top, width }, other));
    const corner = { left, top: tops.find(isFree) ?? tops[0] };
    placed.push({ ...corner, width });
    return corner;
  });
}

/** Heights to try, the best first. */
function candidates(y: number): number[] {
  const steps = Array.from({ length: 2 * MOST_STEPS }, (_, i) => {
    const step = (i % 2 === 0 ? 1 : -1) * (1 + (i >> 1));
    return y + ABOVE + step * (LABEL_HEIGHT + GAP);
  });
  return [y + ABOVE, y + BELOW, ...steps];
}

const within = (value: number, most: number): number => Math.max(EDGE, Math.min(value, most - EDGE));

function meet(a: Corner & { width: number }, b: Corner & { width: number }): boolean {
  const beside = a.left + a.width + GAP <= b.left || b.left + b.width + GAP <= a.left;
  return !beside && Math.abs(a.top - b.top) < LABEL_HEIGHT + GAP;
}
