import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Session, withSession } from '../../src/cli/session';
import { trainAll } from '../../src/experiment/plans/distances.node';
import { searchAndTrain } from '../../src/experiment/kinds/search.node';
import { chooses, openTestImages } from '../../src/experiment/plans/test-images';
import { searchMethod } from '../../src/nas/methods/table';
import { standardSpace } from '../../src/nas/space';
import type { Search } from '../../src/report/results';
import type { Task } from '../../src/tasks/task';
import { useFolder } from '../data/folder';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './session';

describe('the account of test images', () => {
  const folder = useFolder();
  const task = (dataset: Task['dataset'], id: string): Task =>
    ({ id, name: id, kind: 'all', dataset, classes: [] }) as never;

  it('is by data set, in the order of time, and once for each use', async () => {
    const images = await openTestImages(join(folder.path, 'uses.json'));
    await images.note(task('mnist', '3'), 'distances');
    await images.note(task('mnist', '0'), 'final tests');
    await images.note(task('mnist', '1'), 'distances');
    expect(images.seen(task('mnist', '2'))).toEqual(['distances', 'final tests']);
    expect(images.seen(task('cifar10', '7'))).toEqual([]);
  });

  it('goes on with what an interrupted run had read', async () => {
    const file = join(folder.path, 'uses.json');
    await (await openTestImages(file)).note(task('mnist', '3'), 'distances');
    expect((await openTestImages(file)).seen(task('mnist', '3'))).toEqual(['distances']);
  });

  it('tells what chooses from what only reports', () => {
    expect(chooses('distances')).toBe(true);
    for (const use of ['accuracies of trained networks', 'accuracies after transfer', 'final tests'] as const)
      expect(chooses(use), use).toBe(false);
  });
});

describe('a search', () => {
  let root = '';
  useSilence();
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'taskgrad-test-images-'));
    await writeDigits(join(root, 'data'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  /** Random search for task 3, after what else a run did. */
  const found = async (out: string, before: (session: Session) => Promise<unknown>, resume = false) => {
    let search: Search | undefined;
    await withSession(optionsFor(join(root, 'data'), join(root, out), { resume }), TINY, async (session) => {
      await before(session);
      const method = searchMethod('random');
      search = await searchAndTrain(
        session,
        { label: 'random search', method },
        session.task('3'),
        standardSpace,
      );
    });
    return search;
  };

  it('that nothing chose for by test images says that they were evaluated once', async () => {
    expect(await found('once', trainAll)).toMatchObject({
      evaluatedTestOnce: true,
      testImagesSeen: ['accuracies of trained networks'],
    });
  });

  it('knows what the run that it goes on with had chosen by them', async () => {
    const out = join(root, 'resumed');
    await withSession(optionsFor(join(root, 'data'), out), TINY, (session) =>
      session.testImages.note(session.task('0'), 'distances'),
    );
    expect(await found('resumed', async () => undefined, true)).toMatchObject({
      evaluatedTestOnce: false,
      testImagesSeen: ['distances'],
    });
    const { content: kept } = JSON.parse(await readFile(join(out, 'state', 'test-images.json'), 'utf8'));
    expect(kept).toEqual({ mnist: ['distances', 'final tests'] });
  });
});
