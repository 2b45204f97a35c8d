import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { dartsSteps } from '../../src/nas/budget';
import { Contest } from '../../src/nas/contest';
import { evaluateGenotype } from '../../src/nas/evaluate-genotype';
import { darts } from '../../src/nas/methods/darts';
import { fuse } from '../../src/nas/methods/fuse';
import { Mixture } from '../../src/nas/mixture';
import { completeSettings } from '../../src/nas/settings';
import { Supernet } from '../../src/nas/supernet';
import { CapturedStep } from '../../src/tensor/capture';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';
import { cellOf, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});
afterEach(() => vi.restoreAllMocks());

/** Three training batches an epoch, the last of them smaller. */
const settings = { ...toySettings, batchSize: 20, weightLr: 0.01, alphaLr: 0.05 };

/** Has JavaScript make every step. */
function withoutReplays(): void {
  const { replay } = CapturedStep.prototype;
  vi.spyOn(CapturedStep.prototype, 'replay').mockImplementation(function (
    this: CapturedStep<Tensor[], void>,
    ...inputs
  ) {
    this.aside(() => Reflect.get(this, 'work')(...inputs));
  } as typeof replay);
}

describe('the steps of a search, repeated by the GPU, end bit for bit like those of JavaScript', () => {
  test('FUSE, in each stage anew', async () => {
    const options = { ...settings, rounds: 1, weightEpochs: 4, alphaEpochs: 4 };
    const weights = vi.spyOn(Contest.prototype, 'weightStep');
    const mixed = vi.spyOn(Mixture.prototype, 'mix');
    const passes = () => [weights.mock.calls.length, mixed.mock.calls.length];
    const captured = await fuse(gpu, data, options);
    const [weightSteps, allSteps] = passes();
    withoutReplays();
    expect(await fuse(gpu, data, options)).toEqual(captured);
    const [everyWeightStep, every] = passes().map((count, i) => count - [weightSteps, allSteps][i]);
    // Of 8 whole batches a stage two are JavaScript's, and the 4 smaller ones; so of 4 and 4 for α.
    expect([weightSteps, everyWeightStep]).toEqual([2 * (2 + 4), 2 * 12]);
    expect(every - allSteps).toBe(2 * (12 - 6) + 2 * (8 - 6));
  });

  test('DARTS, α and weights in turns', async () => {
    const options = { ...settings, batchSize: 5, rounds: 3, stages: 2 };
    const steps = dartsSteps(completeSettings(options, data), data);
    // An epoch is 10 steps of two passes. Its fifth and its last have a smaller batch.
    const rest = steps % 10;
    const byScript = Math.floor(steps / 10) * (2 + 2) + Math.min(rest, 2) + Number(rest >= 5);
    const made = vi.spyOn(Supernet.prototype, 'forward');
    const captured = await darts(gpu, data, options);
    expect(steps).toBeGreaterThan(20);
    expect(made).toHaveBeenCalledTimes(1 + 2 * byScript);
    withoutReplays();
    expect(await darts(gpu, data, options)).toEqual(captured);
    expect(made).toHaveBeenCalledTimes(1 + 2 * byScript + 1 + 2 * steps);
  });

  test('one cell', async () => {
    const run = () =>
      evaluateGenotype(gpu, data, cellOf('dil_conv_3x3', 3), { steps: 12, batchSize: 20, seed: 1 });
    const captured = await run();
    withoutReplays();
    expect(await run()).toEqual(captured);
  });
});
