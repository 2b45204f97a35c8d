import { describe, expect, test } from 'vitest';
import { makeDataset } from '../../src/data/dataset';
import { DataError, LabelError } from '../../src/data/errors';
import { fromArrays } from '../../src/data/from-arrays';
import { subset } from '../../src/data/samples';
import { split, whole } from '../../src/data/split';
import { statistics } from '../../src/data/statistics';
import { resolveTask } from '../../src/tasks/spec';
import { type Task, taskSplit } from '../../src/tasks/task';
import { ArgumentError } from '../../src/tensor/guard';

/** Four samples of three numbers. */
const INPUTS = Float32Array.of(1, 10, 5, 3, 20, 5, 5, 30, 5, 7, 40, 5);

describe('fromArrays', () => {
  test('notes samples as they are: shape, classes by number, mean 0 and std 1', () => {
    const set = fromArrays({ inputs: INPUTS, labels: [0, 2, 0, 1], shape: [3] });
    expect(set).toEqual({
      name: 'own data',
      inputs: INPUTS,
      shape: [3],
      labels: Int32Array.of(0, 2, 0, 1),
      classes: ['0', '1', '2'],
      mean: [0, 0, 0],
      std: [1, 1, 1],
    });
  });

  test('takes names, mean and std, one number for all features, too', () => {
    const set = fromArrays({
      name: 'mine',
      inputs: INPUTS,
      labels: [0, 1, 0, -100],
      shape: [3],
      classes: ['low', 'high'],
      mean: [4, 25, 5],
      std: 2,
    });
    expect(set).toMatchObject({ name: 'mine', classes: ['low', 'high'], mean: [4, 25, 5], std: [2, 2, 2] });
  });

  test('measures mean and std of pictures, where one grey value everywhere has a std of 1', () => {
    // Two pictures of two channels and two pixels: the first channel is 0, 255, 0, 255, the second 51 everywhere.
    const images = Uint8Array.of(0, 255, 51, 51, 0, 255, 51, 51);
    const set = fromArrays({ images, labels: [0, 1], shape: [2, 1, 2] });
    expect(set.mean).toEqual([0.5, 0.2]);
    expect(set.std).toEqual([0.5, 1]);
  });

  test('takes targets, of one value or of any shape', () => {
    expect(
      fromArrays({ inputs: INPUTS, targets: Float32Array.of(1, 2, 3, 4), shape: [3] }).targetShape,
    ).toEqual([1]);
    const images = Uint8Array.of(1, 2);
    const targets = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const set = fromArrays({ images, targets, shape: [1, 1, 1], targetShape: [2, 2] });
    expect(set).toMatchObject({ images, targets, targetShape: [2, 2] });
  });

  test.each([
    [
      'values that are no whole samples',
      () => fromArrays({ inputs: INPUTS, labels: [0], shape: [5] }),
      'own data: expected values of whole samples [5], 5 each, and at least one, found 12 values',
    ],
    [
      'fewer labels than samples',
      () => fromArrays({ inputs: INPUTS, labels: [0, 1, 1], shape: [3] }),
      'own data, labels: expected 4, as many as samples, found 3',
    ],
    [
      'fewer targets than samples',
      () => fromArrays({ inputs: INPUTS, targets: Float32Array.of(1, 2, 3), shape: [3] }),
      'own data, targets [1]: expected 4, as many as samples, found 3',
    ],
    [
      'a NaN among the inputs',
      () => fromArrays({ inputs: INPUTS.with(7, Number.NaN), labels: [0, 0, 0, 0], shape: [3] }),
      'own data, inputs of sample 2: expected finite numbers, found NaN',
    ],
    [
      'an infinite target',
      () => fromArrays({ inputs: INPUTS, targets: Float32Array.of(1, 2, 3, Infinity), shape: [3] }),
      'own data, targets of sample 3: expected finite numbers, found Infinity',
    ],
    [
      'a mean for fewer features',
      () => fromArrays({ inputs: INPUTS, labels: [0, 0, 0, 0], shape: [3], mean: [1] }),
      'own data, mean: expected a number, or one for each of 3 places on the first axis of [3], found 1',
    ],
    [
      'numbers that are no classes',
      () => fromArrays({ inputs: INPUTS, labels: [0, 1, 2, 1e6], shape: [3] }),
      'Give numbers that are no classes as targets',
    ],
  ])('%s are refused', (_, make, message) => {
    expect(make).toThrow(DataError);
    expect(make).toThrow(message);
  });

  test('a label that is no class, or a fraction, is refused by its place', () => {
    const of = (labels: number[]) => () =>
      fromArrays({ inputs: INPUTS, labels, shape: [3], classes: ['low', 'high'] });
    expect(of([0, 2, 0, 0])).toThrow(LabelError);
    expect(of([0, 2, 0, 0])).toThrow('image 1: expected a label from 0 to 1, found 2');
    expect(of([0, 0.5, 0, 0])).toThrow('image 1: expected a label from 0 to 1, found 0.5');
    expect(of([0, -100, 0, 0])).not.toThrow();
  });

  test('arrays of another type, and both or neither of labels and targets, are refused', () => {
    const shape = [3];
    const of = (arrays: object) => () => fromArrays(arrays as Parameters<typeof fromArrays>[0]);
    expect(of({ inputs: [...INPUTS], labels: [0], shape })).toThrow(
      'fromArrays: inputs is an array of 12, expected a Float32Array; write Float32Array.from(values)',
    );
    expect(of({ inputs: INPUTS, shape })).toThrow(ArgumentError);
    expect(of({ inputs: INPUTS, shape })).toThrow('with neither of labels and targets');
    expect(of({ inputs: INPUTS, labels: [0, 0, 0, 0], targets: INPUTS, shape })).toThrow('with both of');
    expect(of({ inputs: INPUTS, labels: [0, 0, 0, 0], shape: [0] })).toThrow(
      'the shape of one sample: an array of whole numbers of at least 1',
    );
  });
});

describe('statistics', () => {
  const set = fromArrays({ inputs: INPUTS, labels: [0, 0, 1, 1], shape: [3] });

  test('are those of each feature, and a constant one has a std of 1', () => {
    // 1, 3, 5, 7: mean 4, variance (9 + 1 + 1 + 9) / 4 = 5. 10 … 40: mean 25, variance 125.
    const { mean, std } = statistics(set);
    expect(mean).toEqual([4, 25, 5]);
    expect(std.map((value) => value ** 2)).toEqual([5, 125, 1].map((value) => expect.closeTo(value, 12)));
  });

  test('are of some samples only, and of channels where there are any', () => {
    expect(statistics(set, [0, 1])).toEqual({ mean: [2, 15, 5], std: [1, 5, 1] });
    const channels = fromArrays({ inputs: INPUTS.slice(0, 8), labels: [0, 0], shape: [2, 2] });
    // Channel 0: 1, 10, 20, 5 of … the first two of each sample; channel 1 the others.
    expect(statistics(channels).mean).toEqual([(1 + 10 + 20 + 5) / 4, (5 + 3 + 5 + 30) / 4]);
  });
});

/** Thirty samples: twelve of class 0, twelve of class 1, six without a class. */
const LABELS = Array.from({ length: 30 }, (_, i) => (i < 12 ? 0 : i < 24 ? 1 : -100));
const thirty = fromArrays({
  inputs: Float32Array.from({ length: 30 }, (_, i) => i),
  labels: LABELS,
  shape: [1],
});
const countIn = (labels: ArrayLike<number>, label: number) =>
  Array.from(labels).filter((own) => own === label).length;

describe('split', () => {
  test('by fractions shares out every sample once, and each class by its share', () => {
    const parts = split(thirty, [0.5, 1 / 3, 1 / 6], { seed: 3 });
    expect(parts.map(({ indices }) => indices.length)).toEqual([15, 10, 5]);
    expect(parts.map(({ labels }) => [0, 1, -100].map((label) => countIn(labels, label)))).toEqual([
      [6, 6, 3],
      [4, 4, 2],
      [2, 2, 1],
    ]);
    const all = parts.flatMap(({ indices }) => [...indices]);
    expect(all.toSorted((a, b) => a - b)).toEqual(LABELS.map((_, i) => i));
    for (const { indices, labels } of parts) expect([...labels]).toEqual([...indices].map((i) => LABELS[i]));
  });

  test('by numbers leaves the others out; a sample is in one part at most', () => {
    const [train, test] = split(thirty, [10, 5]);
    expect([train.indices.length, test.indices.length]).toEqual([10, 5]);
    expect(new Set([...train.indices, ...test.indices]).size).toBe(15);
    expect(split(thirty, [0.1]).map(({ indices }) => indices.length)).toEqual([3]);
  });

  test('follows from its seed, in random order', () => {
    const of = (seed: number) => [...split(thirty, [0.5], { seed })[0].indices];
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    expect(of(1)).not.toEqual(of(1).toSorted((a, b) => a - b));
  });

  test('without strata draws from all at once', () => {
    const shares = Array.from({ length: 8 }, (_, seed) => {
      const [part] = split(thirty, [10], { seed, stratify: false });
      return countIn(part.labels, 0);
    });
    expect(new Set(shares).size).toBeGreaterThan(1);
    expect(shares.every((share) => share >= 0 && share <= 10)).toBe(true);
  });

  test('takes the targets along', () => {
    const inputs = Float32Array.of(0, 1, 2, 3);
    const targets = Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5);
    const set = fromArrays({ inputs, targets, shape: [1], targetShape: [2] });
    const [train, test] = split(set, [3, 1], { seed: 1 });
    for (const part of [train, test]) {
      expect([...part.targets]).toEqual([...part.indices].flatMap((i) => [i, i + 0.5]));
      expect(part.targetShape).toEqual([2]);
    }
    expect([...whole(set).indices]).toEqual([0, 1, 2, 3]);
    expect(whole(set).targets).toEqual(targets);
  });

  test.each([
    [[], '[]'],
    [[0.5, 2], '[0.5, 2]'],
    [[0.8, 0.3], '[0.8, 0.3], which is 1.1'],
    [[20, 11], 'parts that add up to 30 samples at most, found [20, 11], which is 31'],
    [[0.99, 0.01], '0.01 of them, which is none'],
    [[-1], '[-1]'],
  ])('into %j is refused', (parts, message) => {
    expect(() => split(thirty, parts)).toThrow(DataError);
    expect(() => split(thirty, parts)).toThrow(message);
  });
});

test('subset copies samples with their labels or targets', () => {
  const samples = subset(thirty, [29, 0, 12]);
  expect([...samples.inputs]).toEqual([29, 0, 12]);
  expect(samples.labels).toEqual(Int32Array.of(-100, 0, 1));
  const set = fromArrays({ inputs: INPUTS, targets: Float32Array.of(1, 2, 3, 4), shape: [3] });
  expect(subset(set, [2])).toMatchObject({
    inputs: Float32Array.of(5, 30, 5),
    targets: Float32Array.of(3),
    targetShape: [1],
  });
});

test('own pictures make a data set like the published ones', () => {
  const images = Uint8Array.of(0, 255, 0, 255);
  const mine = fromArrays({ name: 'mine', images, labels: [0, 1, 0, 1], shape: [1, 1, 1] });
  const { train, test, mean } = makeDataset('mine', mine, subset(mine, [1]));
  expect(train.labels).toEqual(Uint8Array.of(0, 1, 0, 1));
  expect([...test.images]).toEqual([255]);
  expect(mean).toEqual([0.5]);
});

describe('own tasks', () => {
  test('name own data in any word, and take classes of it', () => {
    const task: Task = resolveTask(
      { id: 'mine:high', name: 'high', dataset: 'mine', kind: 'binary', positives: ['1'] },
      thirty,
    );
    expect(task).toMatchObject({ dataset: 'mine', positives: [1], classes: ['rest', '1'] });
    const { indices, labels } = taskSplit(task, thirty.labels, 1);
    expect(indices.length).toBe(24);
    expect([...labels]).toEqual([...indices].map((i) => LABELS[i]));
  });

  test('leave out samples without a class, and those outside of a part', () => {
    const task: Task = {
      id: 'mine:all',
      name: 'all',
      dataset: 'mine',
      kind: 'all',
      classes: ['0', '1'],
      positives: [],
    };
    expect(taskSplit(task, thirty.labels, 1).indices.length).toBe(24);
    const within = Uint32Array.of(0, 1, 13, 29);
    expect([...taskSplit(task, thirty.labels, 1, { within }).indices].toSorted((a, b) => a - b)).toEqual([
      0, 1, 13,
    ]);
  });
});
