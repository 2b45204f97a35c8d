import { describe, expect, it } from 'vitest';
import { builtInTask } from '../../src/tasks/catalogue';
import { evenAsPositive, programRest } from '../../src/tasks/program-tasks';
import { resolveTask } from '../../src/tasks/spec';
import { type Task, taskSplit } from '../../src/tasks/task';

const DIGITS = { name: 'MNIST', classes: [...'0123456789'] };
const DRAWINGS = { name: 'Quick, Draw!', classes: ['apple', 'bear', 'moon'] };
const RULES = { fixedTestRest: true, wholeRest: true };
const NO_RULES = { fixedTestRest: false, wholeRest: false };

const specOf = (id: string) => {
  const spec = builtInTask(id);
  if (!spec) throw new Error(`no task ${id}`);
  return spec;
};
const taskOf = (id: string, set = DIGITS): Task => resolveTask(specOf(id), set);
const drawing = taskOf('quickdraw:moon', DRAWINGS);

describe('odd and even digits as the public loader has them', () => {
  it('are 0 and 1, and are named so', () => {
    const task = resolveTask(evenAsPositive(specOf('mnist:odd')), DIGITS);
    expect(task).toMatchObject({ id: 'mnist:odd', name: 'even digits vs odd', classes: ['odd', 'even'] });
    const { indices, labels } = taskSplit(task, Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 1);
    for (const [i, digit] of indices.entries()) expect(labels[i]).toBe(digit % 2 === 0 ? 1 : 0);
  });

  it('are the only ones that change', () => {
    for (const id of ['0', '1', '2', '3', '4', '7', 'fashion:all', 'mnist:5']) {
      const spec = specOf(id);
      expect(evenAsPositive(spec)).toBe(spec);
    }
    const even = { ...specOf('mnist:odd'), positives: [0, 2, 4, 6, 8] };
    expect(evenAsPositive(even)).toBe(even);
  });
});

describe('the rest of a task as the public loader cuts it', () => {
  it.each([
    ['0', 'test', 1042],
    ['0', 'train', undefined],
    ['mnist:5', 'test', 1042],
    ['2', 'test', undefined],
    ['3', 'test', undefined],
    ['4', 'test', undefined],
    ['mnist:odd', 'test', Number.POSITIVE_INFINITY],
    ['mnist:odd', 'train', Number.POSITIVE_INFINITY],
  ] as const)('of task %s to %s is %s', (id, part, rest) => {
    expect(programRest(taskOf(id), part, RULES)).toBe(rest);
    expect(programRest(taskOf(id), part, NO_RULES)).toBeUndefined();
  });

  it('is whole for a drawing', () => {
    for (const part of ['train', 'test'] as const) {
      expect(programRest(drawing, part, RULES)).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('is taken from the first images on, as many as are wanted, or as there are', () => {
    //                            0  1  2  3  4  5  6  7
    const labels = Uint8Array.of(2, 0, 1, 2, 0, 1, 0, 1);
    const restOf = (rest: number, negatives: 'first' | 'random') => {
      const split = taskSplit(drawing, labels, 1, { negatives, rest });
      return [...split.indices].filter((_, i) => split.labels[i] === 0).sort();
    };
    expect(restOf(4, 'first')).toEqual([1, 2, 4, 5]);
    for (const negatives of ['first', 'random'] as const) {
      expect(restOf(Number.POSITIVE_INFINITY, negatives)).toEqual([1, 2, 4, 5, 6, 7]);
      expect(restOf(1042, negatives)).toHaveLength(6);
    }
    expect(restOf(1, 'random')).toHaveLength(1);
  });
});
