import { at, build, type Ref } from './ref';

export interface InterpolateOptions {
  size?: number | readonly number[];
  scaleFactor?: number | readonly number[];
  mode?: 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'trilinear' | 'bicubic' | 'area';
  alignCorners?: boolean;
}

/** Keys' cubic convolution kernel with a = −3/4, at a distance up to 2. */
const cubic = (x: number): number =>
  x <= 1 ? 1.25 * x ** 3 - 2.25 * x ** 2 + 1 : -0.75 * (x ** 3 - 5 * x ** 2 + 8 * x - 4);

/** torch's F.interpolate: every element from its neighbours on all spatial axes at once. */
export function interpolate(x: Ref, options: InterpolateOptions): Ref {
  const { size, scaleFactor, mode = 'nearest', alignCorners = false } = options;
  const spatial = x.shape.slice(2);
  const each = (given: number | readonly number[]) =>
    typeof given === 'number' ? spatial.map(() => given) : given;
  const factors = scaleFactor === undefined ? undefined : each(scaleFactor);
  const lengths = factors
    ? spatial.map((length, axis) => Math.floor(length * factors[axis]))
    : each(size ?? spatial);
  /** The places that an element reads along an axis, and how much of each. */
  const read = (axis: number, i: number): (readonly [place: number, share: number])[] => {
    const [from, to] = [spatial[axis], lengths[axis]];
    const scale = factors ? 1 / factors[axis] : from / to;
    if (mode === 'nearest') return [[Math.min(from - 1, Math.floor(i * scale)), 1]];
    if (mode === 'nearest-exact') return [[Math.min(from - 1, Math.floor((i + 0.5) * scale)), 1]];
    if (mode === 'area') {
      const [first, end] = [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)];
      return Array.from({ length: end - first }, (_, t) => [first + t, 1 / (end - first)]);
    }
    const aligned = to > 1 ? (i * (from - 1)) / (to - 1) : 0;
    if (mode === 'bicubic') {
      const place = alignCorners ? aligned : (i + 0.5) * scale - 0.5;
      return [-1, 0, 1, 2].map((t) => {
        const neighbour = Math.floor(place) + t;
        return [Math.min(from - 1, Math.max(0, neighbour)), cubic(Math.abs(place - neighbour))];
      });
    }
    const place = alignCorners ? aligned : Math.max(0, (i + 0.5) * scale - 0.5);
    const first = Math.min(from - 1, Math.floor(place));
    const share = Math.min(1, place - first);
    return [
      [first, 1 - share],
      [Math.min(from - 1, first + 1), share],
    ];
  };
  return build([...x.shape.slice(0, 2), ...lengths], ([n, c, ...index]) => {
    let corners: { place: number[]; share: number }[] = [{ place: [n, c], share: 1 }];
    for (const [axis, i] of index.entries())
      corners = corners.flatMap(({ place, share }) =>
        read(axis, i).map(([own, part]) => ({ place: [...place, own], share: share * part })),
      );
    return corners.reduce((total, { place, share }) => total + share * at(x, place), 0);
  });
}

/** torch's F.pixel_shuffle of [..., C r², H, W]. */
export function pixelShuffle(x: Ref, r: number): Ref {
  const lead = x.shape.slice(0, -3);
  const [channels, height, width] = x.shape.slice(-3);
  return build([...lead, channels / (r * r), height * r, width * r], (index) => {
    const [c, i, j] = index.slice(-3);
    const channel = c * r * r + (i % r) * r + (j % r);
    return at(x, [...index.slice(0, -3), channel, Math.floor(i / r), Math.floor(j / r)]);
  });
}

/** torch's F.pixel_unshuffle of [..., C, H r, W r]. */
export function pixelUnshuffle(x: Ref, r: number): Ref {
  const lead = x.shape.slice(0, -3);
  const [channels, height, width] = x.shape.slice(-3);
  return build([...lead, channels * r * r, height / r, width / r], (index) => {
    const [c, i, j] = index.slice(-3);
    const [row, column] = [Math.floor(c / r) % r, c % r];
    return at(x, [...index.slice(0, -3), Math.floor(c / (r * r)), i * r + row, j * r + column]);
  });
}
