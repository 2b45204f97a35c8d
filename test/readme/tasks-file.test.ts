import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTasksFile } from '../../src/tasks/tasks-file.node';
import { useFolder } from '../data/folder';
import { blocksOf } from '../fences';

const folder = useFolder();
const files = blocksOf(readFileSync('README.md', 'utf8').split('\n')).filter(
  ({ language }) => language === 'json',
);

test('the tasks file of the README can be read as it stands there', async () => {
  expect(files).toHaveLength(1);
  const path = join(folder.path, 'own.json');
  await writeFile(path, files[0].text);
  const tasks = await readTasksFile(path);
  expect(tasks.map(({ id, kind }) => [id, kind])).toEqual([
    ['vehicles', 'binary'],
    ['pets', 'all'],
  ]);
});
