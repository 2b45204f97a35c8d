import { beforeAll, describe, expect, test } from 'vitest';
import { dartsSteps } from '../../src/nas/budget';
import { evaluateGenotype } from '../../src/nas/evaluate-genotype';
import { darts } from '../../src/nas/methods/darts';
import { fuse } from '../../src/nas/methods/fuse';
import { randomSearch } from '../../src/nas/methods/random-search';
import { completeSettings } from '../../src/nas/settings';
import { entropyOf, isUndecided } from '../../src/nas/shares';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';
import { cellOf, toyData, toySettings } from './toy';

const held = useGpu();
let gpu: Gpu;
let data: ReturnType<typeof toyData>;
beforeAll(() => {
  ({ gpu } = held);
  data = toyData(gpu);
});

const { batchSize, seed } = toySettings;
const alone = (operation: 'dil_conv_3x3', steps: number) =>
  evaluateGenotype(gpu, data, cellOf(operation, 3), { steps, batchSize, seed });
const only = { ...toySettings, space: { ...toySettings.space, operations: ['dil_conv_3x3'] as const } };

describe('a cell’s score', () => {
  test('is the same alone as in a round of FUSE without rivals', async () => {
    const settings = { ...only, candidates: 1, rounds: 1, stages: 1, weightEpochs: 4 };
    const { rounds, validationAccuracy } = await fuse(gpu, data, settings);
    const { loss, accuracy } = await alone('dil_conv_3x3', 4 * 3);
    expect(rounds[0].candidateValidationLoss[0]).toBeCloseTo(loss, 5);
    expect(validationAccuracy).toBe(accuracy);
  });

  test('is the same alone as after DARTS with a single operation, where nothing is to be found', async () => {
    const settings = { ...only, stages: 1, rounds: 1 };
    const { rounds, validationAccuracy } = await darts(gpu, data, settings);
    const { loss, accuracy } = await alone(
      'dil_conv_3x3',
      dartsSteps(completeSettings(settings, data), data),
    );
    expect(rounds[0].candidateValidationLoss[0]).toBeCloseTo(loss, 5);
    expect(validationAccuracy).toBe(accuracy);
  });

  test('is the same alone as in random search', async () => {
    let made = 0;
    const settings = { ...only, candidates: 1, rounds: 1, onProgress: () => (made += 1) };
    const { rounds } = await randomSearch(gpu, data, settings);
    expect(rounds[0].candidateValidationLoss[0]).toBe((await alone('dil_conv_3x3', made)).loss);
  });

  test('does not depend on running statistics, which lag behind the weights', async () => {
    // Without a learning rate the weights stay, and only the statistics move from step to step.
    const still = (steps: number) =>
      evaluateGenotype(gpu, data, cellOf('dil_conv_3x3', 3), { steps, batchSize, seed, weightLr: 0 });
    expect(await still(1)).toEqual(await still(20));
  });
});

describe('α', () => {
  test('is undecided within 5 % of the entropy that it began with', () => {
    // Shares of 0.49, 0.255, 0.255: 1.0463 nats of ln 3 = 1.0986, or 95.2 %. With 0.5, 0.25, 0.25 it is 94.6 %.
    const alphaOf = (shares: readonly number[]) => shares.map(Math.log);
    expect(isUndecided(entropyOf(alphaOf([0.49, 0.255, 0.255])), 3)).toBe(true);
    expect(isUndecided(entropyOf(alphaOf([0.5, 0.25, 0.25])), 3)).toBe(false);
    expect(isUndecided(entropyOf([0]), 1)).toBe(false);
  });

  test('that has not decided is told of in log and round, and one that has is not', async () => {
    const told = async (alphaEpochs: number, alphaLr: number) => {
      const events: Record<string, unknown>[] = [];
      // All cells of three nodes; some of them see nothing.
      const space = { ...toySettings.space, operations: ['none', 'skip_connect'] as const };
      const budget = { candidates: 8, rounds: 1, stages: 1, weightEpochs: 8 };
      const settings = { ...toySettings, ...budget, space, weightLr: 0.01 };
      const log = (event: Readonly<Record<string, unknown>>) => events.push(event);
      const { rounds } = await fuse(gpu, data, { ...settings, alphaEpochs, alphaLr, log });
      const warnings = events.filter(({ warning }) => String(warning).includes('α has not decided'));
      return { decided: rounds[0].decided, warnings: warnings.map(({ warning }) => warning) };
    };
    expect(await told(1, 1e-3)).toEqual({
      decided: false,
      warnings: [
        expect.stringMatching(/^round 1 of 1: α has not decided, its entropy is 2\.079 of ln 8 = 2\.079/),
      ],
    });
    expect(await told(200, 0.1)).toEqual({ decided: true, warnings: [] });
  });
});
