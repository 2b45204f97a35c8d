import { beforeAll, expect, test } from 'vitest';
import { darts } from '../../src/nas/methods/darts';
import { fuse } from '../../src/nas/methods/fuse';
import { randomSearch } from '../../src/nas/methods/random-search';
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

test('FUSE counts what Adam counts, for each of a round’s candidates, which are all trained anew', async () => {
  const byRound = [0, 0];
  const { spent } = await fuse(gpu, data, {
    ...toySettings,
    save: async ({ round, optimizerSteps: { weights } }) => {
      if (round < 2) byRound[round] = Math.max(byRound[round], weights);
    },
  });
  expect(Math.min(...byRound)).toBeGreaterThan(0);
  expect(spent).toEqual({ steps: 2 * (byRound[0] + byRound[1]), networks: 2 * 2 });
});

test('random search counts its progress, and its candidates', async () => {
  let steps = 0;
  const { spent, rounds } = await randomSearch(gpu, data, {
    ...toySettings,
    onProgress: ({ done }) => {
      steps = done;
    },
  });
  expect(steps).toBeGreaterThan(0);
  expect(spent).toEqual({ steps, networks: rounds[0].candidates.length });
});

test('DARTS counts what Adam counts of one supernet', async () => {
  let steps = 0;
  const { spent } = await darts(gpu, data, {
    ...toySettings,
    save: async ({ optimizerSteps }) => {
      steps = optimizerSteps.weights;
    },
  });
  expect(steps).toBeGreaterThan(0);
  expect(spent).toEqual({ steps, networks: 1 });
});
