import { describe, expect, test } from 'vitest';
import type { TrainSettings } from '../../src/web/protocol';
import { appliesToNew, differences } from '../../src/web/run-settings';
import { formatSettings, parseSettings } from '../../src/web/settings';

const parse = (text: string) => parseSettings(new URLSearchParams(text));

describe('settings in the address', () => {
  test('are read by their names', () => {
    const { settings, problems } = parse(
      '?task=0&network=NN2&lr=3e-4&batch=128&seed=7&count=16&distance=frechet',
    );
    expect(settings).toEqual({
      ...{ task: '0', network: 'NN2', lr: 0.0003, batchSize: 128, seed: 7 },
      ...{ count: 16, distance: 'frechet' },
    });
    expect(problems).toEqual([]);
  });

  test('come back from the address that they were written into, and leave the rest of it', () => {
    const settings = { task: '1', lr: 0.01, searched: '2', trainImages: 600 } as const;
    const address = formatSettings(settings, new URLSearchParams('quick&lr=1&seed=4'));
    expect([...address.keys()].sort()).toEqual(['images', 'lr', 'quick', 'searched', 'task']);
    expect(parseSettings(address).settings).toEqual(settings);
  });

  test.each([
    ['images=-5', 'images=-5 is not a whole number from 1 to 60000'],
    ['images=1.5', 'images=1.5 is not a whole number'],
    ['tests=0', 'tests=0 is not a whole number from 1 to 10000'],
    ['lr=0', 'lr=0 is not a number above 0'],
    ['lr=NaN', 'lr=NaN is not a number above 0'],
    ['batch=1e9', 'batch=1e9 is not a whole number from 1 to 1024'],
    ['seed=4294967296', 'seed=4294967296 is not a whole number from 0 to 4294967295'],
    ['task=9', 'task=9 is not one of 0, 1, 2, 3'],
    ['network=vgg11', 'network=vgg11 is not one of smallCifarNet, NN2'],
    ['count=2', 'count=2 is not one of 1, 16, 200'],
    ['task=', 'task= is not one of'],
  ])('%s falls back, and it is said', (address, said) => {
    const { settings, problems } = parse(address);
    expect(settings).toEqual({});
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(said);
    expect(problems[0]).toContain('the default stands in its place');
  });
});

test('what differs between two runs is named', () => {
  const run: TrainSettings = { task: '3', network: 'NN2', lr: 0.001, batchSize: 64, seed: 1 };
  expect(differences(run, { ...run })).toEqual([]);
  expect(appliesToNew(differences(run, { ...run, lr: 0.01 }))).toBe('Learning rate applies to a new run');
  expect(appliesToNew(differences(run, { ...run, lr: 0.01, seed: 2, task: '0' }))).toBe(
    'Task, learning rate and seed apply to a new run',
  );
});
