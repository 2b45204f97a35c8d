import { describe, expect, it } from 'vitest';
import type { Experiment } from '../../src/experiment/plans/experiment.node';
import { seedsOf } from '../../src/experiment/plans/networks.node';
import { repeatOf } from '../../src/experiment/plans/repeats';

/** As much of an experiment as a repeat changes: three seeds from 5. */
const experiment = {
  settings: { seed: 5, seeds: 3 },
  inputs: () => ({ testSeed: 5 }),
} as unknown as Experiment;

describe('a repeat of a search', () => {
  it('is the experiment itself, the first time', () => {
    expect(repeatOf(experiment, 0)).toBe(experiment);
  });

  it('has distances from seeds that no other repeat has, and test images of its own', () => {
    const all = [0, 1, 2, 3].map((repeat) => repeatOf(experiment, repeat));
    expect(all.flatMap(seedsOf)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    expect(all.map(({ inputs }) => inputs({} as never).testSeed)).toEqual([5, 8, 11, 14]);
  });
});
