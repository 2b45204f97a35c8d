import { readdir } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type DatasetRecord, defineDataset } from '../../src/data/define';
import { loadDataset, recognise } from '../../src/data/load.node';
import { placeAt } from '../../src/data/place.node';
import { mnist } from '../../src/data/sets/mnist';
import { DATASETS } from '../../src/data/table';
import { classKey, resolveTask } from '../../src/tasks/spec';
import { failure } from './failure';
import { useFolder } from './folder';
import { idxBytes } from './idx-bytes';
import { type Files, SMALL_FILES, writeFiles } from './small-files';

const folder = useFolder();

/** How the training labels begin of data sets that share their file names. */
const LABELS: Readonly<Record<string, readonly number[]>> = {
  mnist: [5, 0, 4, 1, 9, 2, 1, 3, 1, 4],
  fashion: [9, 0, 0, 3, 0, 2, 7, 2, 5, 5],
};

/** What `taskgrad data fetch` saves, by its names. Files are empty but for those that tell data sets apart. */
function fetched({ name, source }: DatasetRecord): Files {
  const labels = gzipSync(idxBytes([LABELS[name]?.length ?? 0], LABELS[name] ?? []));
  const contentOf = (file: string) => (file === 'train-labels-idx1-ubyte.gz' ? labels : Buffer.of());
  return Object.fromEntries(source.files.map(({ local }) => [local, contentOf(local)]));
}

/** What the records say of the folder, by their names, but for those that say no. */
async function claims(): Promise<Record<string, unknown>> {
  const names = (await readdir(folder.path)).sort();
  const answers = DATASETS.map(
    async (record) => [record.name, await record.recognise(names, placeAt(folder.path))] as const,
  );
  return Object.fromEntries((await Promise.all(answers)).filter(([, answer]) => answer !== false));
}

const isSumOrCheck = (one: unknown) =>
  typeof one === 'function' || (typeof one === 'string' && /^[0-9a-f]{32}$/.test(one));

describe.each<DatasetRecord>([...DATASETS])('the record of $title', (record) => {
  const { name, title, source, tasks } = record;
  const small = SMALL_FILES[name];

  it.each<[string, Files]>([
    ['what taskgrad data fetch saves', fetched(record)],
    ...(small ? [['a small data set', small] satisfies [string, Files]] : []),
  ])('and no other recognises %s', async (_, files) => {
    expect(Object.keys(files).length).toBeGreaterThan(0);
    await writeFiles(folder.path, files);
    const found = await claims();
    expect(Object.keys(found)).toContain(name);
    const sure = Object.entries(found).filter(([, answer]) => answer === true);
    expect(sure.map(([other]) => other)).toEqual(found[name] === true ? [name] : []);
    expect(await recognise(folder.path)).toBe(name);
  });

  it.runIf(small)('reads it under its title, with the classes that its tasks are of', async () => {
    await writeFiles(folder.path, small);
    const { name: loaded, train } = await loadDataset(record, folder.path);
    expect(loaded).toBe(title);
    const set = { name: title, classes: train.classes };
    for (const task of tasks) expect(resolveTask(task, set)).toEqual(task);
    expect(train.classes.map(classKey)).not.toContain('all');
  });

  it('has sums or checks for all that is downloaded, from a folder', () => {
    expect(source.base).toMatch(/^https?:\/\/.*\/$/);
    for (const { md5, check } of source.files) expect(md5 ?? check).toSatisfy(isSumOrCheck);
  });

  it('has tasks of its own data, whose ids no file of tasks can take', () => {
    for (const { id, dataset } of tasks) {
      expect(dataset).toBe(name);
      expect(id).toMatch(new RegExp(`^(\\d+|${name}:[a-z0-9-]+)$`));
    }
  });
});

describe('the table', () => {
  it.each([
    ['names', DATASETS.map(({ name }) => name)],
    ['titles', DATASETS.map(({ title }) => title)],
    ['ids of tasks', DATASETS.flatMap(({ tasks }) => tasks.map(({ id }) => id))],
  ])('has no %s twice', (_, words: readonly string[]) => {
    expect(new Set(words).size).toBe(words.length);
  });

  it.each(['fashion-mnist', '', 'a b', 'größe'])('can hold no data set called %j', async (name) => {
    const error = await failure(() => defineDataset({ ...mnist, name }));
    expect(error).toMatchObject({ code: 'DATASET_NAME' });
    expect(String(error)).toContain(`cannot be called '${name}'`);
  });
});
