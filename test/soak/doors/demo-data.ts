import type { Dataset } from '../../../src/data/images';

const SIDE = 28;
/** Images of noise, so that compression cannot make them small. */
const imageSet = (name: string, count: number) => ({
  name,
  images: Uint8Array.from({ length: count * SIDE * SIDE }, (_, i) => Math.imul(i + count, 2654435761) >>> 24),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  shape: [1, SIDE, SIDE] as const,
  classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
});

/** A small data set for the server of the demo page. */
export const demoData = (): Dataset => ({
  name: 'noise',
  mean: [0.5],
  std: [0.3],
  train: imageSet('train', 700),
  test: imageSet('test', 50),
});
