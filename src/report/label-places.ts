/** A place in a picture, pixels, y downward. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Marked {
  readonly x: number;
  readonly y: number;
  /** Of the label, room beside it included. */
  readonly width: number;
}

export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Sizes in pixels: a line of text, a mark, and the gap between a mark and its label. */
const LINE = 14;
const MARK = 11;
const GAP = 1;
/** How far from its mark a label may go, in lines. */
const FARTHEST = 16;

/**
 * Where the middles of the marks' labels go. As long as there is room, no label covers another one or a mark. A label
 * stands right of its mark, else left, above or below, else farther off: at the first place that is free inside the
 * plot.
 */
export function placeLabels(marks: readonly Marked[], plot: Plot): Place[] {
  const taken = marks.map(({ x, y }) => boxAround({ x, y }, MARK, MARK));
  return marks.map((mark) => {
    const places = [...placesAround(mark)];
    const box = (place: Place) => boxAround(place, mark.width, LINE);
    const inside = places.filter((place) => liesIn(box(place), plot));
    const free = inside.find((place) => !taken.some((other) => overlap(box(place), other)));
    const place = free ?? inside[0] ?? places[0];
    taken.push(box(place));
    return place;
  });
}

/** Places of a label from near to far. */
function* placesAround({ x, y, width }: Marked): Generator<Place> {
  const aside = MARK / 2 + GAP + width / 2;
  for (let lines = 0; lines <= FARTHEST; lines++) {
    const shifts = lines === 0 ? [0] : [-lines * LINE, lines * LINE];
    for (const shift of shifts) {
      yield { x: x + aside, y: y + shift };
      yield { x: x - aside, y: y + shift };
      if (lines > 0) yield { x, y: y + shift };
    }
  }
}

const boxAround = ({ x, y }: Place, width: number, height: number): Plot => ({
  left: x - width / 2,
  right: x + width / 2,
  top: y - height / 2,
  bottom: y + height / 2,
});

const overlap = (a: Plot, b: Plot) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const liesIn = (inner: Plot, outer: Plot) =>
  inner.left >= outer.left &&
  inner.right <= outer.right &&
  inner.top >= outer.top &&
  inner.bottom <= outer.bottom;
