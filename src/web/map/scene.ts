import type { Placement } from '../mds';
import { tokenRgb } from '../theme';
import type { Ball, Colour, Line, Place, Scene } from './renderer';

/** The largest coordinate after scaling: the ground reaches as far. */
const REACH = 1;
const GROUND = 1.25;
const GROUND_SQUARES = 8;

/** Places that fill the view, whatever unit their distances have. */
export function fitted(placement: Placement): Place[] {
  const scale = scaleOf(placement);
  return placement.points.map(([x, y, z]) => [x * scale, y * scale, z * scale]);
}

/** Width of a square of the ground, in the unit of the distances. */
export const squareWidth = (placement: Placement): number =>
  (2 * GROUND) / GROUND_SQUARES / scaleOf(placement);

function scaleOf({ points }: Placement): number {
  const largest = points.flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest > 0 ? REACH / largest : 1;
}

/** Balls on stems over a ground with a grid. */
export function sceneOf(places: readonly Place[], chosen: number | undefined): Omit<Scene, 'camera'> {
  const floor = Math.min(-0.6, ...places.map(([, y]) => y)) - 0.25;
  const rule = colourOf('--rule', 1);
  const grid = Array.from({ length: GROUND_SQUARES + 1 }, (_, i) => {
    const at = GROUND * ((2 * i) / GROUND_SQUARES - 1);
    return [
      { from: [at, floor, -GROUND], to: [at, floor, GROUND], colour: rule },
      { from: [-GROUND, floor, at], to: [GROUND, floor, at], colour: rule },
    ] as const;
  }).flat();
  const stems = places.map(([x, y, z]): Line => {
    return { from: [x, y, z], to: [x, floor, z], colour: colourOf('--muted', 0.7) };
  });
  const from = chosen === undefined ? undefined : places[chosen];
  const ties = from
    ? places.filter((_, i) => i !== chosen).map((to): Line => ({ from, to, colour: colourOf('--ink', 0.9) }))
    : [];
  const balls = places.map((at, i): Ball => {
    return { at, colour: colourOf(`--series-${(i % 4) + 1}`, 1), scale: i === chosen ? 1.35 : 1 };
  });
  return { balls, lines: [...grid, ...stems, ...ties], ground: colourOf('--page', 1) };
}

function colourOf(name: string, opacity: number): Colour {
  const [red, green, blue] = tokenRgb(name).map((value) => value / 255);
  return [red, green, blue, opacity];
}
