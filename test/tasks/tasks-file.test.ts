import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/data/errors';
import { DATASET_NAMES } from '../../src/data/table';
import { cifar10Tasks, mnistTasks } from '../../src/tasks/catalogue';
import { resolveTask, type TaskSpec } from '../../src/tasks/spec';
import { readTasksFile } from '../../src/tasks/tasks-file.node';
import { failure } from '../data/failure';
import { useFolder } from '../data/folder';

const folder = useFolder();
const PETS = { name: 'pets', classes: ['cat', 'dog', 'Guinea pig', 'guinea_pig'] };
const CATS = { id: 'cats', name: 'cats', dataset: 'mnist', kind: 'binary', positives: ['cat'] } as const;

async function read(tasks: unknown) {
  const path = join(folder.path, 'tasks.json');
  await writeFile(path, typeof tasks === 'string' ? tasks : JSON.stringify(tasks));
  return readTasksFile(path);
}

describe('a file of tasks', () => {
  it('gives its tasks, with picture folders looked for from the file on', async () => {
    const own = { id: 'Pets_2-x', name: 'my pets', kind: 'all', classes: ['a', 'b'] };
    const dataset = { folders: 'pictures/pets', size: 64, channels: 3 };
    expect(await read([CATS, { ...own, dataset }])).toEqual([
      CATS,
      { ...own, dataset: { ...dataset, folders: join(folder.path, 'pictures/pets') } },
    ]);
  });

  const PICTURES = { folders: 'x', size: 8, channels: 1 };
  it.each([
    ['no JSON', '[{', 'expected JSON, found'],
    ['no tasks', [], 'expected at least one task, found []'],
    ['a lone task', CATS, 'expected array, found {'],
    ['no id', [{ ...CATS, id: undefined }], 'field [0].id: expected string, found nothing'],
    [
      'the id of a built-in task',
      [{ ...CATS, id: '3' }],
      'field [0].id: expected a letter, then letters, digits',
    ],
    ['an id with a colon', [{ ...CATS, id: 'mnist:odd' }], 'field [0].id: expected a letter, then'],
    [
      'an id twice',
      [CATS, { ...CATS, id: 'dogs' }, CATS],
      'field [2].id: expected an id that no task before it has',
    ],
    ['no name', [{ ...CATS, name: '' }], 'field [0].name: expected a name, found ""'],
    [
      'an unknown data set',
      [CATS, { ...CATS, id: 'b', dataset: 'imagenet' }],
      `field [1].dataset: expected ${DATASET_NAMES.join(', ')}, or { "folders": DIR, "size": pixels, "channels": 1 or 3 }, found "imagenet"`,
    ],
    [
      'four channels',
      [{ ...CATS, dataset: { ...PICTURES, channels: 4 } }],
      'field [0].dataset: expected mnist, ',
    ],
    ['no size', [{ ...CATS, dataset: { folders: 'x', channels: 1 } }], 'field [0].dataset: expected mnist, '],
    [
      'an unknown kind',
      [{ ...CATS, kind: 'ternary' }],
      'field [0].kind: expected one of "binary"|"multi"|"all"',
    ],
    [
      'no positives',
      [{ ...CATS, positives: [] }],
      'field [0].positives: expected at least one class, found []',
    ],
    [
      'no field positives',
      [{ ...CATS, positives: undefined }],
      'field [0].positives: expected at least one class, found nothing',
    ],
    [
      'half a class',
      [{ ...CATS, positives: ['cat', 1.5] }],
      'field [0].positives[1]: expected a class name or number, found 1.5',
    ],
    [
      'a field that does not exist',
      [{ ...CATS, positive: ['cat'] }],
      'field [0]: expected no fields but id, name, dataset, kind, positives, classes, found {',
    ],
  ])('is refused in one line: %s', async (_, tasks, words) => {
    const error = await failure(() => read(tasks));
    expect(error).toBeInstanceOf(DataError);
    const { message } = error as DataError;
    expect(message).toContain(join(folder.path, 'tasks.json'));
    expect(message).toContain(words);
    expect(message).not.toContain('\n');
  });

  it('that is not there is refused', async () => {
    const missing = await failure(() => readTasksFile(join(folder.path, 'none.json')));
    expect(String(missing)).toContain('none.json: expected a readable JSON file, found no such file');
  });
});

describe('resolveTask', () => {
  const resolve = (more: Partial<TaskSpec>) => resolveTask({ ...CATS, ...more }, PETS);

  it('takes classes by name and by number, and names the labels after them', () => {
    expect(resolve({ positives: ['dog', 0] })).toEqual({
      ...CATS,
      positives: [1, 0],
      classes: ['rest', 'dog, cat'],
    });
    expect(resolve({ kind: 'multi', positives: [2, 'cat'] })).toMatchObject({
      positives: [2, 0],
      classes: ['rest', 'Guinea pig', 'cat'],
    });
  });

  it('takes a name in another spelling only where one class alone is meant', () => {
    expect(resolve({ positives: ['CAT'] })).toMatchObject({ positives: [0] });
    expect(resolve({ positives: ['guinea_pig'] })).toMatchObject({ positives: [3] });
    expect(() => resolve({ positives: ['guinea-pig'] })).toThrow('found "guinea-pig"');
  });

  it('of kind all takes every class, whether they are listed or not', () => {
    const all = { kind: 'all', positives: [0, 1, 2, 3], classes: PETS.classes };
    expect(resolve({ kind: 'all', positives: undefined })).toMatchObject(all);
    expect(resolve({ kind: 'all', positives: [0, 1, 2, 3] })).toMatchObject(all);
  });

  it('leaves tasks as they are that have been resolved', () => {
    const set = { name: 'ten', classes: '0123456789'.split('') };
    for (const task of [...mnistTasks, ...cifar10Tasks]) expect(resolveTask(task, set)).toEqual(task);
  });

  it.each<[string, Partial<TaskSpec>, string]>([
    [
      'a class that is not there',
      { positives: ['bird'] },
      'a class of pets (cat, dog, Guinea pig, guinea_pig)',
    ],
    ['a number past the last class', { positives: [4] }, 'or its number from 0 to 3, found 4'],
    ['a class twice', { positives: ['cat', 0] }, 'task cats, positives: expected each class once'],
    [
      'no rest',
      { positives: [0, 1, 2, 3] },
      'expected from 1 to 3 classes, so that there is a rest, found 4',
    ],
    [
      'all of some',
      { kind: 'all', positives: [0, 1] },
      'expected all 4 classes, or none to mean all, found 2',
    ],
    [
      'too few names',
      { classes: ['cat'] },
      'task cats, classes: expected 2 names, one for each label, found 1',
    ],
    ['too many names', { kind: 'all', positives: undefined, classes: ['a', 'b'] }, 'expected 4 names'],
  ])('refuses %s', (_, more, words) => {
    expect(() => resolve(more)).toThrow(DataError);
    expect(() => resolve(more)).toThrow(words);
  });
});
