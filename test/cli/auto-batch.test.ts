import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withExperiment } from '../../src/cli/experiment';
import { decodeSafetensors } from '../../src/data/safetensors';
import { NETWORK_FILE } from '../../src/experiment/kinds/network.node';
import { computeDistances } from '../../src/experiment/plans/distances.node';
import { trainAll } from '../../src/experiment/plans/networks.node';
import type { Gpu } from '../../src/tensor/gpu';
import { failure } from '../data/failure';
import { writeDigits } from './digits';
import { artefactFolder, optionsFor, TINY, useSilence, valuesOf } from './experiment';

let root = '';
const silence = useSilence();
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-auto-batch-'));
  await writeDigits(join(root, 'data'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Most bytes that a GPU holds beside what it has now: as a smaller one would. */
function limitMemory({ runtime }: Gpu, bytes: number): void {
  const options = Reflect.get(runtime.pool, 'options') as { memoryLimit: number };
  const { bytesInUse } = runtime.pool.usage();
  Reflect.set(options, 'memoryLimit', bytesInUse + bytes);
}

/** The images of MNIST's tasks, which take memory beside what is measured. */
const DATA_BYTES = 300 * 28 * 28 + 100 * 28 * 28;

/** Trains and measures in so much memory. @returns the most that was needed beside the data */
async function measure(name: string, autoBatch: boolean, bytes = Number.POSITIVE_INFINITY): Promise<number> {
  let gpu: Gpu | undefined;
  const settings = {
    ...TINY,
    training: { ...TINY.training, batchSize: 60 } as NonNullable<typeof TINY.training>,
    fisher: { ...TINY.fisher, batchSize: 20 } as NonNullable<typeof TINY.fisher>,
  };
  let most = 0;
  await withExperiment(
    optionsFor(join(root, 'data'), join(root, name), { autoBatch }),
    settings,
    async (experiment) => {
      await trainAll(experiment);
      await computeDistances(experiment);
      most = (gpu?.memory().peakBytes ?? 0) - DATA_BYTES;
    },
    {
      opened: (one) => {
        gpu = one;
        limitMemory(one, bytes + DATA_BYTES);
      },
    },
  );
  return most;
}

async function numbers(name: string): Promise<number[]> {
  const out = join(root, name);
  const file = join(await artefactFolder(out, 'smallCifarNet-task3-seed0'), NETWORK_FILE);
  const { tensors } = decodeSafetensors(await readFile(file), file);
  const cells = await valuesOf<{ logdet: number; frechet: number }>(out, 'distance');
  const distances = [...cells.values()].flatMap(({ logdet, frechet }) => [logdet, frechet]);
  return [...distances, ...[...tensors.values()].flatMap(({ data }) => [...data])];
}

it('--auto-batch goes on in less memory to the same result, and says so; left out, the error names it', async () => {
  const most = await measure('whole', false);
  const little = 0.6 * most;
  const error = await failure(() => measure('failed', false, little));
  expect((error as Error).message).toMatch(
    /^job \w+, network: smallCifarNet for task 0, seed 0: out of GPU memory: .*; --auto-batch has it/,
  );
  await measure('parts', true, little);
  expect(silence.stdout()).toMatch(
    /task 0, seed 0: out of GPU memory: .* goes on with 30 images at a time instead of 60; the result is the same to rounding/,
  );
  const [whole, parts] = [await numbers('whole'), await numbers('parts')];
  const furthest = Math.max(...whole.map((value, i) => Math.abs(value - parts[i])));
  expect(furthest).toBeLessThan(1e-3);
  expect(parts).not.toEqual(whole);
});
