import { beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import { loadMnist } from '../../src/data/loaders.node';
import { mnistTasks } from '../../src/tasks/catalogue';
import { holdout, numClasses, type Split, type Task, taskSplit } from '../../src/tasks/task';

const [zero, six, four, all] = mnistTasks;

let digits: Uint8Array;
beforeAll(async () => {
  digits = (await loadMnist()).train.labels;
});

function count(values: Iterable<number>, length: number): number[] {
  const counts = new Array<number>(length).fill(0);
  for (const value of values) counts[value]++;
  return counts;
}

const counts = (split: Split, task: Task) => count(split.labels, numClasses(task));
const digitsOf = (split: Split) => Array.from(split.indices, (index) => digits[index]);

describe('mnistTasks', () => {
  it('are the four tasks of the design, by number', () => {
    expect(mnistTasks.map(({ id, name }) => [id, name])).toEqual([
      ['0', '0 vs rest'],
      ['1', '6 vs rest'],
      ['2', '0,1,2,3 + rest'],
      ['3', 'all digits'],
    ]);
    expect(mnistTasks.map(numClasses)).toEqual([2, 2, 5, 10]);
  });
});

describe('taskSplit', () => {
  it('balances a binary task by cutting the rest to the number of positives', () => {
    expect(counts(taskSplit(zero, digits, 1), zero)).toEqual([5923, 5923]);
    expect(counts(taskSplit(six, digits, 1), six)).toEqual([5918, 5918]);
  });

  it('cuts the rest of a multi task to the mean positive class', () => {
    // (5923 + 6742 + 5958 + 6131) / 4 = 6188.5
    expect(counts(taskSplit(four, digits, 1), four)).toEqual([6189, 5923, 6742, 5958, 6131]);
  });

  it('keeps every image of the ten-class task with its own label', () => {
    const split = taskSplit(all, digits, 1);
    expect([...split.indices].sort((a, b) => a - b)).toEqual(Array.from(digits, (_, i) => i));
    expect([...split.labels]).toEqual(digitsOf(split));
  });

  it('labels positives and the rest by the task', () => {
    const binary = taskSplit(six, digits, 2);
    expect([...binary.labels]).toEqual(digitsOf(binary).map((digit) => Number(digit === 6)));
    const multi = taskSplit(four, digits, 2);
    expect([...multi.labels]).toEqual(digitsOf(multi).map((digit) => (digit < 4 ? digit + 1 : 0)));
  });

  it('labels the k-th positive k, from 1 on, whatever the digit, and the rest 0', () => {
    const task: Task = { ...four, classes: ['rest', '7', '2'], positives: [7, 2] };
    const split = taskSplit(task, digits, 1);
    expect([...split.labels]).toEqual(
      digitsOf(split).map((digit) => (digit === 7 ? 1 : digit === 2 ? 2 : 0)),
    );
  });

  it('puts several digits under the one positive label of a binary task', () => {
    const task: Task = { ...zero, positives: [1, 3, 8] };
    const split = taskSplit(task, digits, 1);
    expect([...split.labels]).toEqual(digitsOf(split).map((digit) => Number([1, 3, 8].includes(digit))));
    expect(counts(split, task)).toEqual([6742 + 6131 + 5851, 6742 + 6131 + 5851]);
  });

  it('takes no image twice', () => {
    for (const task of mnistTasks) {
      const { indices } = taskSplit(task, digits, 3);
      expect(new Set(indices).size).toBe(indices.length);
    }
  });

  it('samples the rest uniformly over its digits and over the set', () => {
    const { indices, labels } = taskSplit(zero, digits, 5);
    const rest = [...indices].filter((_, i) => labels[i] === 0);
    const perDigit = count(
      rest.map((index) => digits[index]),
      10,
    );
    expect(perDigit[0]).toBe(0);
    const all = count(digits, 10);
    const share = rest.length / (digits.length - all[0]);
    let chiSquare = 0;
    for (let digit = 1; digit < 10; digit++) {
      chiSquare += (perDigit[digit] - all[digit] * share) ** 2 / (all[digit] * share);
    }
    expect(chiSquare).toBeLessThan(26.1); // 8 degrees of freedom, p = 0.001
    const firstHalf = rest.filter((index) => index < 30_000).length / rest.length;
    expect(Math.abs(firstHalf - 0.5)).toBeLessThan(0.03);
  });

  it('takes the first images of the rest, as many as there are positives, where negatives are the first', () => {
    //                      0  1  2  3  4  5  6  7  8
    const labels = Uint8Array.of(5, 0, 4, 3, 0, 9, 0, 1, 2);
    const { indices, labels: found } = taskSplit(zero, labels, 1, { negatives: 'first' });
    const rest = [...indices].filter((_, i) => found[i] === 0);
    expect(rest.sort()).toEqual([0, 2, 3]);
  });

  it('rounds a mean positive class that is no whole number down for the first negatives', () => {
    // 6188.5, of which the public program takes 6188
    const split = taskSplit(four, digits, 1, { negatives: 'first' });
    expect(counts(split, four)).toEqual([6188, 5923, 6742, 5958, 6131]);
    const rest = [...split.indices].filter((index) => digits[index] > 3).sort((a, b) => a - b);
    const others = [...digits.keys()].filter((index) => digits[index] > 3);
    expect(rest).toEqual(others.slice(0, 6188));
  });

  it('limits and shuffles the first negatives as it does drawn ones', () => {
    const split = taskSplit(zero, digits, 1, { negatives: 'first', limit: 1000 });
    expect(counts(split, zero)).toEqual([500, 500]);
    const rest = [...split.indices].filter((index) => digits[index] !== 0);
    expect(rest).not.toEqual([...rest].sort((a, b) => a - b));
    expect(Math.max(...rest)).toBeLessThan(7000);
  });

  it('comes in random order: each tenth holds each class about equally', () => {
    const { labels } = taskSplit(four, digits, 1);
    const tenth = Math.floor(labels.length / 10);
    for (let part = 0; part < 10; part++) {
      for (const found of count(labels.subarray(part * tenth, (part + 1) * tenth), 5)) {
        expect(found / tenth).toBeGreaterThan(0.15);
        expect(found / tenth).toBeLessThan(0.27);
      }
    }
  });

  it('is the same for the same seed, and another choice in another order for another', () => {
    const choice = (split: Split) => [...split.indices].sort((a, b) => a - b);
    expect(taskSplit(zero, digits, 4)).toEqual(taskSplit(zero, digits, 4));
    const [a, b] = [taskSplit(zero, digits, 4), taskSplit(zero, digits, 5)];
    expect(b.indices).not.toEqual(a.indices);
    expect(choice(b)).not.toEqual(choice(a));
  });

  it('keeps each class’s share under a limit', () => {
    expect(counts(taskSplit(zero, digits, 1, { limit: 1000 }), zero)).toEqual([500, 500]);
    expect(counts(taskSplit(zero, digits, 1, { limit: 7 }), zero)).toEqual([4, 3]);
    const limited = counts(taskSplit(all, digits, 1, { limit: 12_000 }), all);
    // A fifth of 5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949, remainders to the largest.
    expect(limited).toEqual([1185, 1348, 1192, 1226, 1168, 1084, 1184, 1253, 1170, 1190]);
  });

  it('takes all there is under a limit past it', () => {
    expect(taskSplit(zero, digits, 1, { limit: 1e6 })).toEqual(taskSplit(zero, digits, 1));
  });

  it('takes labels from anywhere, such as six of a small set', () => {
    const labels = Uint8Array.of(0, 1, 0, 2, 3, 0);
    const split = taskSplit(zero, labels, 1);
    expect(counts(split, zero)).toEqual([3, 3]);
    expect([...split.indices].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('takes the whole rest where it is smaller than the positives', () => {
    expect(counts(taskSplit(zero, Uint8Array.of(0, 0, 0, 4), 1), zero)).toEqual([1, 3]);
  });

  it('refuses a set without images of a class, naming it', () => {
    expect(() => taskSplit(six, Uint8Array.of(0, 1, 2), 1)).toThrow(
      'task 6 vs rest: expected images of class',
    );
    expect(() => taskSplit(four, Uint8Array.of(0, 1, 3, 9), 1)).toThrow('images of class 2, found none');
  });

  it('refuses a label that the ten-class task has no class for', () => {
    expect(() => taskSplit(all, Uint8Array.of(0, 11), 1)).toThrow('image 1: expected a label from 0 to 9');
  });

  it.each([0, -5, 2.5, Number.NaN])('refuses the limit %d', (limit) => {
    expect(() => taskSplit(zero, digits, 1, { limit })).toThrow(DataError);
  });
});

describe('holdout', () => {
  it('parts a split in two without loss, labels beside their images', () => {
    const split = taskSplit(four, digits, 1, { limit: 2000 });
    const { train, validation } = holdout(split, 0.2, 1);
    expect(validation.indices.length).toBe(400);
    const label = new Map(Array.from(split.indices, (index, i) => [index, split.labels[i]]));
    for (const part of [train, validation]) {
      expect(Array.from(part.indices, (index) => label.get(index))).toEqual([...part.labels]);
    }
    const together = [...train.indices, ...validation.indices].sort((a, b) => a - b);
    expect(together).toEqual([...split.indices].sort((a, b) => a - b));
  });

  it('keeps each class’s share on both sides', () => {
    const split = taskSplit(all, digits, 1);
    const { train, validation } = holdout(split, 0.25, 1);
    const whole = counts(split, all);
    const held = counts(validation, all);
    for (const [label, size] of whole.entries()) expect(Math.abs(held[label] - size / 4)).toBeLessThan(1);
    expect(counts(train, all)).toEqual(whole.map((size, label) => size - held[label]));
  });

  it('keeps the order of the split on both sides', () => {
    const split = taskSplit(zero, digits, 1, { limit: 500 });
    const place = new Map(Array.from(split.indices, (index, i) => [index, i]));
    const { train, validation } = holdout(split, 0.5, 1);
    for (const { indices } of [train, validation]) {
      const places = Array.from(indices, (index) => place.get(index) ?? -1);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  });

  it('is the same for the same seed and another for another', () => {
    const split = taskSplit(zero, digits, 1, { limit: 500 });
    expect(holdout(split, 0.2, 7)).toEqual(holdout(split, 0.2, 7));
    expect(holdout(split, 0.2, 8).validation).not.toEqual(holdout(split, 0.2, 7).validation);
  });

  it('keeps the share of ignored images on both sides, too', () => {
    const { indices, labels } = taskSplit(zero, digits, 1, { limit: 500 });
    const split = { indices, labels: labels.map((label, i) => (i % 5 === 0 ? -100 : label)) };
    const { train, validation } = holdout(split, 0.5, 1);
    for (const part of [train, validation])
      expect(part.labels.filter((label) => label === -100)).toHaveLength(50);
  });

  it.each([0, 1, -0.5, 1.5, 0.0001, Number.NaN])('refuses the fraction %d of 500 images', (fraction) => {
    const split = taskSplit(zero, digits, 1, { limit: 500 });
    expect(() => holdout(split, fraction, 1)).toThrow('leaves images on both sides of 500');
  });
});
