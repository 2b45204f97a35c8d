import type { Placement } from '../mds';
import { tokenRgb } from '../theme';
import { taskColour } from './colours';
import { type Ball, type Colour, type Line, type Place, RADIUS, type Scene } from './renderer';

/** The largest coordinate after scaling: the ground reaches as far. */
const REACH = 1;
const GROUND = 1.25;
const GROUND_SQUARES = 8;
const CHOSEN = 1.35;
/** Of a ball inside its blob, which would hide a small one. */
const INSIDE = 0.55;
const BLOB_OPACITY = 0.3;

/** Places that fill the view, whatever unit their distances have. */
export function fitted(placement: Placement): Place[] {
  const scale = scaleOf(placement);
  return placement.points.map(([x, y, z]) => [x * scale, y * scale, z * scale]);
}

/** Width of a square of the ground, in the unit of the distances. */
export const squareWidth = (placement: Placement): number =>
  (2 * GROUND) / GROUND_SQUARES / scaleOf(placement);

export function scaleOf({ points }: Placement): number {
  const largest = points.flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest > 0 ? REACH / largest : 1;
}

/** What is to be seen of the tasks beside their places. */
export interface Shown {
  readonly chosen: number | undefined;
  /** For each task the one that is closest to it. */
  readonly closest: readonly number[];
  /** For each task the radius of the blob around it, in the world; none where nothing is known of it. */
  readonly blobs: readonly number[] | undefined;
}

/** Balls on stems over a ground with a grid, in blobs as large as they are uncertain, with lines to the closest. */
export function sceneOf(places: readonly Place[], { chosen, closest, blobs }: Shown): Omit<Scene, 'camera'> {
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
  const near = closest.map((other, i): Line => {
    return { from: places[i], to: places[other], colour: colourOf('--accent', 1) };
  });
  const from = chosen === undefined ? undefined : places[chosen];
  const ties = from
    ? places.filter((_, i) => i !== chosen).map((to): Line => ({ from, to, colour: colourOf('--ink', 0.9) }))
    : [];
  const balls = places.flatMap((at, i): Ball[] => {
    const name = taskColour(i);
    const scale = (i === chosen ? CHOSEN : 1) * (blobs ? INSIDE : 1);
    const ball = { at, colour: colourOf(name, 1), scale };
    if (!blobs) return [ball];
    return [{ at, colour: colourOf(name, BLOB_OPACITY), scale: blobs[i] / RADIUS }, ball];
  });
  return { balls, lines: [...grid, ...stems, ...near, ...ties], ground: colourOf('--page', 1) };
}

function colourOf(name: string, opacity: number): Colour {
  const [red, green, blue] = tokenRgb(name).map((value) => value / 255);
  return [red, green, blue, opacity];
}
