import { describe, expect, test } from 'vitest';
import { DeviceSamples } from '../../src/data/device-samples';
import { fromArrays } from '../../src/data/from-arrays';
import { split } from '../../src/data/split';
import { search } from '../../src/nas/search';
import type { SearchSettings } from '../../src/nas/settings';
import { Random } from '../../src/tensor/random';
import { useGpu } from '../use-gpu';
import { toySettings } from './toy';

const held = useGpu();

/** 48 rows of 8 numbers, noise around a bump on the left or on the right. */
function bumps(shape: readonly number[]) {
  const random = new Random(1);
  const labels = Int32Array.from({ length: 48 }, (_, i) => i % 2);
  const inputs = Float32Array.from({ length: 48 * 8 }, (_, at) => {
    const bump = Math.floor((at % 8) / 4) === labels[Math.floor(at / 8)] ? 3 : 0;
    return random.normal() + bump;
  });
  return fromArrays({ name: 'bumps', inputs, labels, shape });
}

const searched = (shape: readonly number[], method: 'fuse' | 'darts' | 'random') => {
  const set = bumps(shape);
  const [train, validation] = split(set, [32, 16], { seed: 1 });
  const images = new DeviceSamples(held.gpu, set);
  const settings: SearchSettings = { ...toySettings, rounds: 1, head: 'mean', stages: 1, weightEpochs: 4 };
  return search(held.gpu, method, { images, train, validation, classes: 2 }, settings);
};

describe('a search over own samples', () => {
  test.each(['fuse', 'random'] as const)('of shape [1, 1, 8] finds a cell by %s', async (method) => {
    const { winner, validationAccuracy } = await searched([1, 1, 8], method);
    expect(winner.channels).toBe(2);
    expect(validationAccuracy).toBeGreaterThanOrEqual(0);
    expect(await searched([1, 1, 8], method)).toMatchObject({ winner, validationAccuracy });
  });

  test.each(['fuse', 'darts', 'random'] as const)('that are no images says so: %s', async (method) => {
    await expect(searched([8], method)).rejects.toThrow(
      'samples of bumps are [8], and cells take images [channels,height,width]; give the samples that shape, [1,1,8] say',
    );
    await expect(searched([1, 2, 2, 2], method)).rejects.toThrow('fold axes together until there are three');
  });

  test('with targets says that it is for classes', async () => {
    const { inputs, shape } = bumps([1, 1, 8]);
    const set = fromArrays({ inputs, targets: new Float32Array(48), shape });
    const [train, validation] = split(set, [32, 16]);
    const images = new DeviceSamples(held.gpu, set);
    const data = { images, train, validation, classes: 2 };
    await expect(search(held.gpu, 'fuse', data as never, toySettings)).rejects.toThrow(
      'train is a split with targets, expected one with labels, since classes are told apart here',
    );
  });
});
