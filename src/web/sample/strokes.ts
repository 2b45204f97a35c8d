import { asMnist } from '../digit';
import { fromGrey } from '../own/collection';
import type { Collection, Picture } from '../own/protocol';

/** Drawings of the finished sample. */

/** Side of a drawing, in pixels. */
export const SKETCH = 280;
const PEN = 11;

type Stroke = readonly [x0: number, y0: number, x1: number, y1: number];

const circle = Array.from({ length: 24 }, (_, i): Stroke => {
  const at = (k: number) => (2 * Math.PI * k) / 24;
  const on = (k: number) => [140 + 75 * Math.cos(at(k)), 140 + 75 * Math.sin(at(k))] as const;
  return [...on(i), ...on(i + 1)];
});
const SHAPES: Readonly<Record<string, readonly Stroke[]>> = {
  circles: circle,
  crosses: [
    [70, 70, 210, 210],
    [210, 70, 70, 210],
  ],
  triangles: [
    [140, 70, 65, 205],
    [65, 205, 215, 205],
    [215, 205, 140, 70],
  ],
};
const EXAMPLES = 8;

/** A seven. */
export const SEVEN = inked([
  [80, 75, 205, 75],
  [205, 75, 130, 225],
]);

/** Three classes of drawings, each turned and stretched a little. */
export const drawnClasses = (): Collection =>
  Object.entries(SHAPES).map(([name, strokes]) => ({
    name,
    pictures: Array.from({ length: EXAMPLES }, (_, i) => pictureOf(strokes.map((one) => bent(one, i)))),
  }));

function bent([x0, y0, x1, y1]: Stroke, i: number): Stroke {
  const angle = 0.12 * (i - EXAMPLES / 2);
  const wide = 1 + 0.06 * ((i % 3) - 1);
  const to = (x: number, y: number) => {
    const [dx, dy] = [(x - 140) * wide, (y - 140) / wide];
    return [
      140 + dx * Math.cos(angle) - dy * Math.sin(angle),
      140 + dx * Math.sin(angle) + dy * Math.cos(angle),
    ] as const;
  };
  return [...to(x0, y0), ...to(x1, y1)];
}

function pictureOf(strokes: readonly Stroke[]): Picture {
  const pixels = asMnist(inked(strokes), SKETCH);
  if (!pixels) throw new Error('a drawing without ink');
  return fromGrey(pixels);
}

function inked(strokes: readonly Stroke[]): Uint8Array {
  return Uint8Array.from({ length: SKETCH ** 2 }, (_, i) =>
    inkAt(strokes, i % SKETCH, Math.floor(i / SKETCH)),
  );
}

function inkAt(strokes: readonly Stroke[], x: number, y: number): number {
  const away = strokes.map(([x0, y0, x1, y1]) => {
    const [dx, dy] = [x1 - x0, y1 - y0];
    const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)));
    return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
  });
  return Math.min(...away) < PEN ? 255 : 0;
}
