import { describe, expect, it } from 'vitest';
import { builtInTask } from '../../src/tasks/catalogue';
import { exchangeDigits } from '../../src/tasks/exchanged-digits';
import { resolveTask } from '../../src/tasks/spec';
import { taskSplit } from '../../src/tasks/task';

const DIGITS = { name: 'MNIST', classes: [...'0123456789'] };

function seenAs(id: string) {
  const spec = builtInTask(id);
  if (!spec) throw new Error(`no task ${id}`);
  return resolveTask(exchangeDigits(spec), DIGITS);
}

/** The label that each digit from 0 to 9 has in a task of them all. */
const labelsOf = (id: string) => {
  const { indices, labels } = taskSplit(
    seenAs(id),
    Uint8Array.from({ length: 10 }, (_, i) => i),
    1,
  );
  return [...indices.keys()].sort((a, b) => indices[a] - indices[b]).map((place) => labels[place]);
};

describe('tasks with 1 and 6 exchanged', () => {
  it('task 1 is the digit 1, and says so', () => {
    expect(seenAs('1')).toMatchObject({
      id: '1',
      name: '1 vs rest',
      positives: [1],
      classes: ['rest', '1'],
    });
  });

  it('the digit 1 by its word is the 6', () => {
    expect(seenAs('mnist:1')).toMatchObject({ id: 'mnist:1', name: '6 vs rest', positives: [6] });
  });

  it('task 3 gives the digit 1 the label 6, the digit 6 the label 1, and names them', () => {
    expect(labelsOf('3')).toEqual([0, 6, 2, 3, 4, 5, 1, 7, 8, 9]);
    expect(seenAs('3').classes).toEqual([...'0623451789']);
  });

  it.each(['0', '2', '5', '7', 'mnist:odd', 'fashion:all'])('task %s stays as it is', (id) => {
    const spec = builtInTask(id);
    expect(spec && exchangeDigits(spec)).toBe(spec);
  });
});
