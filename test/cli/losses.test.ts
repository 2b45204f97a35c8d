import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TaskgradError } from '../../runtime/errors';
import { withExperiment } from '../../src/cli/experiment';
import { overLosses } from '../../src/cli/losses';
import { trainAll } from '../../src/experiment/plans/networks.node';
import { openGpu } from '../../src/node';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence, weightsOf } from './experiment';

let root = '';
const silence = useSilence();
const out = (name: string) => join(root, name);
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-losses-'));
  await writeDigits(join(root, 'data'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Trains a network, on devices that are lost after so many of its steps each. */
const train = (name: string, ...losses: number[]) => {
  let gpu: Gpu | undefined;
  let steps = 0;
  return withExperiment(
    optionsFor(join(root, 'data'), out(name)),
    { ...TINY, tasks: ['0'] },
    async (experiment) => void (await trainAll(experiment)),
    {
      opened: (one) => {
        gpu = one;
        steps = losses.shift() ?? 0;
      },
      watch: {
        progress: () => {
          if (--steps === 0) gpu?.runtime.device.destroy();
        },
      },
    },
  );
};

it('a run whose device is lost goes on by itself, three times, to the same weights', async () => {
  await train('whole');
  await train('lost', 2, 6, 1);
  expect(await weightsOf(out('lost'))).toEqual(await weightsOf(out('whole')));
  for (const time of ['first', 'second', 'third']) {
    expect(silence.stdout()).toContain(
      `goes on from its last checkpoint on a new one, for the ${time} time of 3`,
    );
  }
});

it('and then ends by one line that says how to go on', async () => {
  const opened: string[] = [];
  const error = await failure(() =>
    overLosses({ say: () => undefined }, openGpu, async (gpu, losses) => {
      opened.push(`${losses}`);
      gpu.runtime.device.destroy();
      await gpu.ones([3]).data();
    }),
  );
  expect(opened).toEqual(['0', '1', '2', '3']);
  expect(error).toBeInstanceOf(TaskgradError);
  expect((error as TaskgradError).message).toMatch(
    /^the GPU device was lost 4 times \(.+\); .* give the same command again: it goes on from the last checkpoint$/,
  );
});

it('what fails on a device that is there fails', async () => {
  const failing = overLosses({ say: () => undefined }, openGpu, () => Promise.reject(new Error('so')));
  await expect(failing).rejects.toThrow('so');
});
