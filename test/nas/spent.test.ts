import { beforeAll, expect, test } from 'vitest';
import type { SearchMethodName } from '../../src/nas/methods/table';
import { search } from '../../src/nas/search';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';
import { toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

/**
 * An epoch of 48 images in batches of 16 has three steps. FUSE: two rounds of two candidates, two stages of an epoch.
 * Random search draws 2 + 1 cells for the same 24 steps. DARTS divides them by three operations that compute.
 */
const SPENT: [SearchMethodName, { steps: number; networks: number }][] = [
  ['fuse', { steps: 2 * 2 * 2 * 3, networks: 4 }],
  ['random', { steps: 24, networks: 3 }],
  ['darts', { steps: 24 / 3, networks: 1 }],
];
test.each(SPENT)('%s says how many steps and networks it took', async (method, spent) => {
  expect((await search(gpu, method, data, toySettings)).spent).toEqual(spent);
});
