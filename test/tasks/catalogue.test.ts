import { describe, expect, it } from 'vitest';
import { CIFAR10 } from '../../src/data/sets/cifar10';
import { CIFAR100 } from '../../src/data/sets/cifar100';
import { BUILT_IN_TASKS, builtInTask, cifar10Tasks, mayMirror, mnistTasks } from '../../src/tasks/catalogue';
import { resolveTask } from '../../src/tasks/spec';
import { numClasses, taskSplit } from '../../src/tasks/task';

const FASHION = {
  name: 'Fashion-MNIST',
  classes: 'T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'.split(','),
};
const DRAWINGS = { name: 'Quick, Draw!', classes: ['apple', 'baseball bat', 'bear'] };
const DIGITS = { name: 'MNIST', classes: '0123456789'.split('') };

function resolved(id: string, set: { name: string; classes: readonly string[] }) {
  const spec = builtInTask(id);
  if (!spec) throw new Error(`no task ${id}`);
  return resolveTask(spec, set);
}

describe('tasks 4 to 7', () => {
  it('are those of the design, with as many classes', () => {
    expect(cifar10Tasks.map(({ id, kind, positives }) => [id, kind, positives])).toEqual([
      ['4', 'binary', [1, 3, 8]],
      ['5', 'binary', [3, 8, 9]],
      ['6', 'multi', [2, 6, 7]],
      ['7', 'all', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ]);
    expect(cifar10Tasks.map(numClasses)).toEqual([2, 2, 4, 10]);
  });

  it('are named by the classes that CIFAR-10 has at these numbers', () => {
    for (const task of cifar10Tasks) {
      const names = task.positives.map((label) => CIFAR10.classes[label]);
      if (task.kind !== 'all') expect(task.name).toContain(names.join(', '));
      for (const name of names) expect(task.classes.join(', ')).toContain(name);
    }
  });

  it('cut the rest to the positives, or to the mean positive class', () => {
    const labels = Uint8Array.from({ length: 1000 }, (_, i) => i % 10);
    const counts = cifar10Tasks.map((task) => {
      const found = new Array(numClasses(task)).fill(0);
      for (const label of taskSplit(task, labels, 0).labels) found[label]++;
      return found;
    });
    expect(counts).toEqual([[300, 300], [300, 300], [100, 100, 100, 100], new Array(10).fill(100)]);
  });
});

describe('tasks by a word', () => {
  it.each([
    ['mnist:odd', DIGITS, { classes: ['even', 'odd'], positives: [1, 3, 5, 7, 9], kind: 'binary' }],
    ['fashion:all', FASHION, { classes: FASHION.classes, kind: 'all', name: 'all of Fashion-MNIST' }],
    ['fashion:t-shirt-top', FASHION, { classes: ['rest', 'T-shirt/top'], positives: [0] }],
    ['fashion:Ankle boot', FASHION, { id: 'fashion:ankle-boot', positives: [9] }],
    ['quickdraw:all', DRAWINGS, { classes: DRAWINGS.classes, positives: [0, 1, 2] }],
    ['quickdraw:baseball bat', DRAWINGS, { id: 'quickdraw:baseball-bat', name: 'baseball bat vs rest' }],
    ['cifar10:cat', CIFAR10, { dataset: 'cifar10', positives: [3], classes: ['rest', 'cat'] }],
    ['mnist:6', DIGITS, { positives: [6] }],
  ] as const)('%s', (id, set, wanted) => {
    expect(resolved(id, set)).toMatchObject(wanted);
  });

  it('cifar100:all has the hundred fine classes', () => {
    expect(numClasses(resolved('cifar100:all', CIFAR100))).toBe(100);
  });

  it('have ids that are their own: a task asked for by its id is the same', () => {
    for (const id of ['7', 'mnist:odd', 'fashion:T-shirt/top', 'quickdraw:all']) {
      const spec = builtInTask(id);
      expect(builtInTask(spec?.id ?? '')).toEqual(spec);
    }
  });

  it.each(['8', '07', '-1', '', 'mnist', 'mnist:', 'mnist:-', 'imagenet:cat', 'constructor:all'])(
    'there is none of %j',
    (id) => expect(builtInTask(id)).toBeUndefined(),
  );

  it('are refused in a data set that has not the class, which lists those it has', () => {
    expect(() => resolved('quickdraw:guitar', DRAWINGS)).toThrow(
      'task quickdraw:guitar: expected a class of Quick, Draw! (apple, baseball bat, bear) or its number from 0 to 2, found "guitar"',
    );
  });

  it('may mirror images of all sets but digits', () => {
    expect(mayMirror({ dataset: 'mnist' })).toBe(false);
    for (const dataset of ['fashion', 'cifar10', 'cifar100', 'quickdraw'])
      expect(mayMirror({ dataset })).toBe(true);
    expect(mayMirror({ dataset: { folders: 'pets', size: 32, channels: 3 } })).toBe(true);
  });

  it('are listed in words', () => {
    for (const { id, name } of [...mnistTasks, ...cifar10Tasks])
      expect(BUILT_IN_TASKS).toContain(`${id} (${name})`);
    expect(BUILT_IN_TASKS).toContain('mnist:odd');
  });
});
