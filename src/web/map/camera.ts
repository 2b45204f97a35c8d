import { mat4, vec3, vec4 } from 'gl-matrix';

/** A camera on a sphere around `CENTRE`, looking inward; angles in radians. */
export interface Camera {
  readonly yaw: number;
  readonly pitch: number;
  readonly distance: number;
}

const HOME: Camera = { yaw: 0.6, pitch: 0.35, distance: 3.8 };

/** Between the tasks, around the origin, and the ground beneath them. */
const CENTRE: vec3 = [0, -0.3, 0];

const MOST_PITCH = 1.45;
const NEAREST = 1.6;
const FARTHEST = 12;
const FIELD_OF_VIEW = 0.7;

/** Shares of the view that places keep free of at its sides and its top, where their names stand. */
const MARGIN = 0.07;
const HEADROOM = 0.11;
const STEP_BACK = 1.05;

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

/** Turns by angles in radians. */
export const turned = ({ yaw, pitch, distance }: Camera, right: number, up: number): Camera => ({
  yaw: yaw + right,
  pitch: clamp(pitch + up, -MOST_PITCH, MOST_PITCH),
  distance,
});

/** Goes nearer for a factor below 1. */
export const zoomed = (camera: Camera, factor: number): Camera => ({
  ...camera,
  distance: clamp(camera.distance * factor, NEAREST, FARTHEST),
});

/** The first view: from `HOME`'s side, as far away as it takes to see all places. */
export function homeFor(places: readonly (readonly [number, number, number])[], aspect: number): Camera {
  let camera = HOME;
  const isSeen = (matrix: mat4) =>
    places.every((place) => {
      const { x, y } = project(matrix, place);
      return x >= MARGIN && x <= 1 - MARGIN && y >= HEADROOM && y <= 1 - MARGIN;
    });
  while (camera.distance < FARTHEST && !isSeen(viewProjection(camera, aspect)))
    camera = zoomed(camera, STEP_BACK);
  return camera;
}

export function eyeOf({ yaw, pitch, distance }: Camera): vec3 {
  return vec3.fromValues(
    distance * Math.cos(pitch) * Math.sin(yaw),
    distance * Math.sin(pitch) + CENTRE[1],
    distance * Math.cos(pitch) * Math.cos(yaw),
  );
}

/** From the world to WebGPU's clip space; `aspect` is width over height. */
export function viewProjection(camera: Camera, aspect: number): mat4 {
  const view = mat4.lookAt(mat4.create(), eyeOf(camera), CENTRE, [0, 1, 0]);
  // A narrow screen sees as much to its sides as a square one.
  const vertical = aspect < 1 ? 2 * Math.atan(Math.tan(FIELD_OF_VIEW / 2) / aspect) : FIELD_OF_VIEW;
  const projection = mat4.perspectiveZO(mat4.create(), vertical, aspect, 0.1, 40);
  return mat4.multiply(mat4.create(), projection, view);
}

/** Where a point is seen: x and y in [0, 1] from the top left, and how far away it is. */
export function project(
  matrix: mat4,
  [x, y, z]: readonly [number, number, number],
): { x: number; y: number; depth: number } {
  const [cx, cy, , w] = vec4.transformMat4(vec4.create(), [x, y, z, 1], matrix);
  return { x: 0.5 + cx / w / 2, y: 0.5 - cy / w / 2, depth: w };
}
