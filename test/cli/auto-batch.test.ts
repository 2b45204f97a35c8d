import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Session, withSession } from '../../src/cli/session';
import { computeDistances, trainAll } from '../../src/experiment/plans/distances.node';
import { decodeSafetensors } from '../../src/data/safetensors';
import { failure } from '../data/failure';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './session';

let root = '';
const silence = useSilence();
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-auto-batch-'));
  await writeDigits(join(root, 'data'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Most bytes that a session's GPU holds beside what it has now: as a smaller one would. */
function limitMemory({ gpu: { runtime } }: Session, bytes: number): void {
  const options = Reflect.get(runtime.pool, 'options') as { memoryLimit: number };
  const { bytesInUse } = runtime.pool.usage();
  Reflect.set(options, 'memoryLimit', bytesInUse + bytes);
}

/** Trains and measures in so much memory. @returns the most that was needed beside the data */
async function measure(name: string, autoBatch: boolean, bytes = Number.POSITIVE_INFINITY): Promise<number> {
  let most = 0;
  const settings = {
    ...TINY,
    training: { ...TINY.training, batchSize: 60 } as NonNullable<typeof TINY.training>,
    fisher: { ...TINY.fisher, batchSize: 20 } as NonNullable<typeof TINY.fisher>,
  };
  await withSession(
    optionsFor(join(root, 'data'), join(root, name), { autoBatch }),
    settings,
    async (session) => {
      const before = session.gpu.memory().bytesInUse;
      limitMemory(session, bytes);
      await trainAll(session);
      await computeDistances(session);
      most = session.gpu.memory().peakBytes - before;
    },
  );
  return most;
}

async function numbers(name: string): Promise<number[]> {
  const file = join(root, name, 'state', 'networks', 'smallCifarNet-task3-seed0.safetensors');
  const { tensors } = decodeSafetensors(await readFile(file), file);
  const text = await readFile(join(root, name, 'state', 'distances.json'), 'utf8');
  const cells = Object.values<{ logdet: number; frechet: number }>(JSON.parse(text).content);
  const distances = cells.flatMap(({ logdet, frechet }) => [logdet, frechet]);
  return [...distances, ...[...tensors.values()].flatMap(({ data }) => [...data])];
}

it('--auto-batch goes on in less memory to the same result, and says so; left out, the error names it', async () => {
  const most = await measure('whole', false);
  const little = 0.6 * most;
  const error = await failure(() => measure('failed', false, little));
  expect((error as Error).message).toMatch(
    /^smallCifarNet-task0-seed0: out of GPU memory: .*; --auto-batch has it/,
  );
  await measure('parts', true, little);
  expect(silence.stdout()).toMatch(
    /task0-seed0: out of GPU memory: .* goes on with 30 images at a time instead of 60; the result is the same to rounding/,
  );
  const [whole, parts] = [await numbers('whole'), await numbers('parts')];
  const furthest = Math.max(...whole.map((value, i) => Math.abs(value - parts[i])));
  expect(furthest).toBeLessThan(1e-3);
  expect(parts).not.toEqual(whole);
});
