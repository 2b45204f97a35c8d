import { describe, expect, it } from 'vitest';
import { cutDown, PRESET_NAMES, settingsOf, settingsSchema } from '../../src/experiment/settings/presets';
import { builtInTask } from '../../src/tasks/catalogue';

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

  it('eight is the whole matrix on a small machine', () => {
    const { tasks, seeds, training, fisher } = settingsOf('eight', 0);
    expect(tasks).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
    expect(training).toMatchObject({ network: 'smallCifarNet', images: 4000 });
    expect([seeds, fisher.count]).toEqual([3, 1000]);
    expect(training.width).toBeLessThan(1);
  });

  it('twelve has six tasks each of two data sets under five seeds: 60 networks', () => {
    const { tasks, seeds } = settingsOf('twelve', 0);
    const sets = tasks.map((id) => builtInTask(id)?.dataset);
    expect(new Set(tasks).size * seeds).toBe(60);
    expect(sets.filter((set) => set === 'mnist')).toHaveLength(6);
    expect(sets.filter((set) => set === 'fashion')).toHaveLength(6);
  });

  it('paper is the published network on the whole of both data sets, moved and mirrored', () => {
    const { tasks, seeds, training } = settingsOf('paper', 0);
    expect(tasks).toEqual(settingsOf('eight', 0).tasks);
    expect(seeds).toBe(10);
    expect(training).toMatchObject({ network: 'vgg16', width: 1, augment: { crop: 4, flip: true } });
  });

  it.each(PRESET_NAMES)('%s measures distances on training images, with matched heads', (name) => {
    expect(settingsOf(name, 0).fisher).toMatchObject({ images: 'held-out', head: 'matched', average: false });
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
    ['standard', 'Tasks: 0, 1, 2, 3 instead of 0, 1, 2, 3, 4, 5, 6, 7'],
    ['eight', 'Augmentation: none instead of crop 4 and flip'],
    ['standard', 'Network of the distances: smallCifarNet at width 1 instead of vgg16 at width 1'],
  ] as const)('says what %s leaves out: %s', (preset, line) => {
    expect(cutDown(settingsOf(preset, 0))).toContain(line);
  });

  it('says nothing of what is as in the paper preset', () => {
    const lines = cutDown(settingsOf('standard', 0));
    expect(
      lines.filter((line) => /^(Training images a task|Training images of the final)/.test(line)),
    ).toEqual([]);
  });

  it('names tasks that were left out', () => {
    expect(cutDown({ ...settingsOf('quick', 0), tasks: ['0', '3'] })).toContain(
      'Tasks: 0, 3 instead of 0, 1, 2, 3, 4, 5, 6, 7',
    );
  });
});
