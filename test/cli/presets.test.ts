import { describe, expect, it } from 'vitest';
import { cutDown, PRESET_NAMES, settingsOf, settingsSchema } from '../../src/cli/presets';

describe('presets', () => {
  it.each(PRESET_NAMES)('%s fits the form of settings', (name) => {
    const settings = settingsOf(name, 3);
    expect(settingsSchema.parse(settings)).toEqual(settings);
    expect(settings).toMatchObject({ preset: name, seed: 3 });
  });

  it('quick has all four tasks, two seeds, per-sample Fisher information and three rounds', () => {
    const { tasks, seeds, fisher, search } = settingsOf('quick', 0);
    expect(tasks).toEqual(['0', '1', '2', '3']);
    expect(seeds).toBeGreaterThanOrEqual(2);
    expect(search.rounds).toBeGreaterThanOrEqual(3);
    expect(fisher.estimator).not.toBe('batch');
  });

  it('standard trains its final architectures on the whole of MNIST', () => {
    expect(settingsOf('standard', 0).final.images).toBe(60_000);
  });
});

describe('cutDown', () => {
  it('says nothing of the paper preset', () => {
    expect(cutDown(settingsOf('paper', 5))).toEqual([]);
  });

  it.each([
    ['quick', 'Seeds: 2 instead of 10'],
    ['quick', 'Epochs of the final architectures: 3 instead of 50'],
    ['quick', 'Training images of the final architectures: 12000 instead of 60000'],
    ['standard', 'Seeds: 3 instead of 10'],
    ['standard', 'Network of the distances: smallCifarNet at width 1 instead of NN3 at width 1'],
  ] as const)('says what %s leaves out: %s', (preset, line) => {
    expect(cutDown(settingsOf(preset, 0))).toContain(line);
  });

  it('says nothing of what is as in the paper preset', () => {
    const lines = cutDown(settingsOf('standard', 0));
    expect(
      lines.filter((line) => /^(Tasks|Training images a task|Training images of the final)/.test(line)),
    ).toEqual([]);
  });

  it('names tasks that were left out', () => {
    expect(cutDown({ ...settingsOf('quick', 0), tasks: ['0', '3'] })).toContain(
      'Tasks: 0, 3 instead of 0, 1, 2, 3',
    );
  });
});
