import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { isTunedByUse, readTuned, tunedPath, writeTuned } from '../../src/data/tuned.node';
import { openGpu, ops } from '../../src/node';
import type { Gpu } from '../../src/tensor/gpu';

const adapter = { kind: 'gpu' as const, description: 'Card 5000', software: false };
const choices = { 'matmul 64×64': 'shared' };
let cache = '';
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'taskgrad-tuned-'));
});
beforeEach(() => {
  vi.stubEnv('XDG_CACHE_HOME', cache);
  vi.stubEnv('TASKGRAD_TUNE', '');
  return () => vi.unstubAllEnvs();
});
afterAll(() => rm(cache, { recursive: true, force: true }));

test('choices › are read back for the adapter they were measured on, and for no other', async () => {
  expect(await readTuned(adapter)).toEqual({});
  await writeTuned(adapter, choices);
  expect(await readTuned(adapter)).toEqual(choices);
  expect(await readTuned({ ...adapter, description: 'Card 6000' })).toEqual({});
});

test('choices › are not taken with TASKGRAD_TUNE=off, of another version, or of a cut file', async () => {
  await writeTuned(adapter, choices);
  vi.stubEnv('TASKGRAD_TUNE', 'off');
  expect(await readTuned(adapter)).toEqual({});
  vi.stubEnv('TASKGRAD_TUNE', '');
  const whole = await readFile(tunedPath(adapter), 'utf8');
  await writeFile(tunedPath(adapter), whole.replace(/"version": "[^"]*"/, '"version": "0.0.0"'));
  expect(await readTuned(adapter)).toEqual({});
  await writeFile(tunedPath(adapter), whole.slice(0, 30));
  expect(await readTuned(adapter)).toEqual({});
});

test.each([
  ['', true, false],
  ['on', true, true],
  ['off', false, false],
])(
  'TASKGRAD_TUNE=%s › has warm-ups measure on a GPU: %s, on a software adapter: %s',
  (asked, gpu, software) => {
    vi.stubEnv('TASKGRAD_TUNE', asked);
    expect(isTunedByUse(adapter)).toBe(gpu);
    expect(isTunedByUse({ ...adapter, kind: 'lavapipe', software: true })).toBe(software);
  },
);

test('openGpu › with TASKGRAD_TUNE=on keeps what a warm-up measures, and the next has it', async () => {
  vi.stubEnv('TASKGRAD_TUNE', 'on');
  const warmedUp = async (work: (gpu: Gpu) => Promise<void>) => {
    using gpu = await openGpu();
    await work(gpu);
    return gpu.variants.choices;
  };
  const found = await warmedUp(async (gpu) => {
    const x = gpu.randn([8, 8], { seed: 1 });
    await gpu.warmUp(() => ops.matmul(x, x));
  });
  expect(Object.keys(found)).toEqual(['matmul 8×8×8×1×0×0']);
  expect(await warmedUp(async () => undefined)).toEqual(found);
});
