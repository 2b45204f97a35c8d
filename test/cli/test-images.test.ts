import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliExperiment, withExperiment } from '../../src/cli/experiment';
import { trainAll } from '../../src/experiment/plans/networks.node';
import { searchAndTrain } from '../../src/experiment/plans/searches.node';
import { chooses, TestImages } from '../../src/experiment/plans/test-images';
import { searchMethod } from '../../src/nas/methods/table';
import { standardSpace } from '../../src/nas/space';
import type { Search } from '../../src/report/results';
import type { Task } from '../../src/tasks/task';
import { writeDigits } from './digits';
import { optionsFor, TINY, useSilence } from './experiment';

const task = (dataset: Task['dataset'], id: string): Task =>
  ({ id, name: id, kind: 'all', dataset, classes: [] }) as never;

describe('the account of test images', () => {
  it('is by data set, in the order of time, and once for each use', () => {
    const images = new TestImages();
    images.note(task('mnist', '3'), 'distances');
    images.note(task('mnist', '0'), 'final tests');
    images.note(task('mnist', '1'), 'distances');
    expect(images.seen(task('mnist', '2'))).toEqual(['distances', 'final tests']);
    expect(images.seen(task('cifar10', '7'))).toEqual([]);
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
  const found = async (before: (experiment: CliExperiment) => unknown) => {
    let search: Search | undefined;
    const options = optionsFor(join(root, 'data'), join(root, 'out'));
    await withExperiment(options, TINY, async (experiment) => {
      await before(experiment);
      const method = searchMethod('random');
      const named = { label: 'random search', method } as const;
      search = await searchAndTrain(experiment, named, experiment.task('3'), standardSpace);
    });
    return search;
  };

  it('that nothing chose for by test images says that they were evaluated once', async () => {
    expect(await found(trainAll)).toMatchObject({
      evaluatedTestOnce: true,
      testImagesSeen: ['accuracies of trained networks'],
    });
  });

  it('knows what the plan had chosen by them, though its networks were there already', async () => {
    const chosen = ({ testImages, task }: CliExperiment) => testImages.note(task('0'), 'distances');
    expect(await found(chosen)).toMatchObject({ evaluatedTestOnce: false, testImagesSeen: ['distances'] });
  });
});
