import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distance } from '../../src/cli/commands/distance';
import { run } from '../../src/cli/commands/run';
import type { CommonOptions } from '../../src/cli/common-options';
import { withExperiment } from '../../src/cli/experiment';
import { makeProgram } from '../../src/cli/program';
import { distanceFileSchema } from '../../src/cli/said/distance-file';
import { NETWORK_FILE } from '../../src/experiment/kinds/network.node';
import { trainAll } from '../../src/experiment/plans/networks.node';
import { openScene } from '../../src/experiment/scene/scene';
import type { Settings } from '../../src/experiment/settings/presets';
import { resultsSchema } from '../../src/report/results';
import { cifarBytes } from '../data/cifar-bytes';
import { failure } from '../data/failure';
import { parseXml } from '../report/xml';
import { useGpu } from '../use-gpu';
import { writeDigits } from './digits';
import { artefactFolder, labelsOf, optionsFor, TINY, useSilence } from './experiment';

const silence = useSilence();
const held = useGpu();
let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const json = async (...path: string[]) => JSON.parse(await readFile(inRoot(...path), 'utf8'));
const BOTH: Partial<Settings> = { ...TINY, tasks: ['0', '4'] };
const options = (out: string, more: Partial<CommonOptions> = {}) =>
  optionsFor(inRoot('mnist'), inRoot(out), {
    data: { mnist: inRoot('mnist'), cifar10: inRoot('cifar10') },
    ...more,
  });

/** Images of every class in turn, each brighter than those of the class before. */
async function writeCifar(dir: string, count: number, first = 0): Promise<void> {
  await mkdir(dir, { recursive: true });
  const records = Array.from({ length: count }, (_, i) => ({
    labels: [i % 10],
    value: first + 20 * (i % 10) + (i % 7),
  }));
  for (const name of ['data_batch_1.bin', 'test_batch.bin'])
    await writeFile(join(dir, name), cifarBytes(records));
}

/** Red and blue squares in a folder each. */
async function writePictures(dir: string): Promise<void> {
  for (const [name, background] of Object.entries({ red: '#d01020', blue: '#1020d0' })) {
    await mkdir(join(dir, name), { recursive: true });
    const create = { width: 9, height: 9, channels: 3, background } as const;
    const bytes = await sharp({ create }).png().toBuffer();
    for (let i = 0; i < 12; i++) await writeFile(join(dir, name, `${i}.png`), bytes);
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-sets-'));
  await writeDigits(inRoot('mnist'), 120, 60);
  await writeCifar(inRoot('cifar10'), 80);
  await writePictures(inRoot('own', 'pictures'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('tasks of several data sets', () => {
  it('are seen alike, measured together by each estimator, and held against the published order', async () => {
    await withExperiment(options('both'), BOTH, async (experiment) => {
      for (const id of ['0', '4']) {
        const { train, test } = openScene(held.gpu, experiment.inputs(experiment.task(id)));
        expect([train.shape, test.shape]).toEqual([
          [3, 32, 32],
          [3, 32, 32],
        ]);
      }
      await distance(experiment, ['empirical', 'batch']);
    });
    const found = distanceFileSchema.parse(await json('both', 'distance.json'));
    const other = distanceFileSchema.parse(await json('both', 'distance-batch.json'));
    expect(found).toMatchObject({
      tasks: ['0 vs rest', 'automobile, cat, ship vs rest'],
      ids: ['0', '4'],
      seeds: 1,
      estimator: 'empirical',
      published: [
        [0, 1.41],
        [3.32, 0],
      ],
    });
    expect(other.estimator).toBe('batch');
    expect(other.logdet.mean).not.toEqual(found.logdet.mean);
    for (const { logdet, spearman } of [found, other]) {
      const [[zero, there], [back, none]] = logdet.mean;
      expect([zero, none]).toEqual([0, 0]);
      expect(there).not.toBe(back);
      expect(spearman).toBe(there < back ? 1 : -1);
    }
    for (const name of ['logdet-mean', 'frechet-sd', 'logdet-mean-batch', 'frechet-sd-batch'])
      expect(parseXml(await readFile(inRoot('both', `heatmap-${name}.svg`), 'utf8')).tag).toBe('svg');

    const said = silence.stdout();
    expect(said).toContain('note on CIFAR-10: 80 of the published 50000 training images, 1 of 5 files\n');
    expect(said).toMatch(
      /published log-det means \(Spearman, 2 entries\): -?1\.00 \(over 2 tasks, too few for an interval\)\n/,
    );
    expect(said).toMatch(
      /by estimator, empirical \/ batch:\nsource .* 0 +4\n[─ ]+\n0 0 vs rest +– +[\d.]+ \/ [\d.]+\n/,
    );
    expect(said).toMatch(
      /\ntarget +closest, empirical +closest, batch\n[─ ]+\n0 0 vs rest +4 \(one seed\), at [\d.]+ +4 \(/,
    );
    expect(said).toMatch(/batch beside empirical: .* -?1\.00; another closest task for 0 of 2 targets\n/);
    expect(Object.keys((await json('both', 'jobs.json')).data)).toEqual(['MNIST', 'CIFAR-10']);
  });

  it('are measured by another estimator with the networks that are there', async () => {
    const begun: string[] = [];
    await withExperiment(options('both'), BOTH, (experiment) => distance(experiment, ['exact']), {
      watch: { progress: ({ label }) => void begun.push(label) },
    });
    expect(begun).not.toEqual([]);
    expect(begun.filter((label) => label.startsWith('smallCifarNet'))).toEqual([]); // none was trained again
    expect(await json('both', 'distance.json')).toMatchObject({ estimator: 'exact' });
  });

  it('whose images have changed are learnt anew', async () => {
    await writeCifar(inRoot('changed'), 80, 9);
    const data = { mnist: inRoot('mnist'), cifar10: inRoot('changed') };
    const begun = new Set<string>();
    await withExperiment(
      options('both', { data }),
      BOTH,
      async (experiment) => void (await trainAll(experiment)),
      { watch: { progress: ({ label }) => void begun.add(label) } },
    );
    expect([...begun]).toEqual(['smallCifarNet-task4-seed0']);
  });

  it('have results that say which data set a task is of, and what its data lack', async () => {
    // One search is enough for these words.
    const search = {
      ...TINY.search,
      target: '4',
      channels: 3,
      rounds: 1,
      methods: ['FUSE standard' as const],
    };
    const few = { search, unsearched: 0, baselines: [] };
    await withExperiment(options('whole'), { ...BOTH, ...few }, run);
    const { tasks, cutDown, table } = resultsSchema.parse(await json('whole', 'results.json'));
    expect(tasks.map(({ id, dataset }) => [id, dataset])).toEqual([
      ['0', 'MNIST'],
      ['4', 'CIFAR-10'],
    ]);
    expect(cutDown).toContain('CIFAR-10: 80 of the published 50000 training images, 1 of 5 files');
    expect(table.map(({ architecture }) => architecture)).toEqual(['FUSE standard']);
  });
});

describe('augmentation', () => {
  it('mirrors the images of CIFAR-10 and leaves digits alone', async () => {
    const weights = async (out: string, augment?: Settings['training']['augment']) => {
      const training = { ...(BOTH.training as Settings['training']), augment };
      await withExperiment(
        options(out),
        { ...BOTH, training },
        async (experiment) => void (await trainAll(experiment)),
      );
      const read = async (id: string) =>
        readFile(join(await artefactFolder(inRoot(out), `smallCifarNet-task${id}-seed0`), NETWORK_FILE));
      const tensors = async (id: string) => {
        const bytes = await read(id);
        return bytes.subarray(8 + Number(bytes.readBigUInt64LE())).toString('base64');
      };
      return { digits: await tensors('0'), colours: await tensors('4') };
    };
    const plain = await weights('plain');
    const mirrored = await weights('mirrored', { crop: 0, flip: true });
    expect(mirrored.digits).toBe(plain.digits);
    expect(mirrored.colours).not.toBe(plain.colours);
  });
});

describe('--tasks-file', () => {
  const file = () => inRoot('own', 'tasks.json');
  const train = (...args: string[]) =>
    makeProgram().parseAsync(['train', '--tasks-file', file(), '--out', inRoot('mine'), ...args], {
      from: 'user',
    });
  const RED = {
    id: 'red',
    name: 'red vs rest',
    kind: 'binary',
    positives: ['red'],
    dataset: { folders: 'pictures', size: 8, channels: 3 },
  };

  it('adds a task on own pictures, without code', async () => {
    await writeFile(file(), JSON.stringify([RED]));
    await train('--task', 'red');
    expect(await labelsOf(inRoot('mine'))).toEqual(['NN2-taskred-seed0', 'NN2-taskred-seed1']);
    expect(silence.stdout()).toMatch(/^NN2-taskred-seed0: test accuracy 100\.00 %/m);
  });

  it('that comes to mean another task trains anew', async () => {
    const { jobs } = await json('mine', 'jobs.json');
    await writeFile(file(), JSON.stringify([{ ...RED, positives: ['blue'] }]));
    await train('--task', 'red');
    const { jobs: others } = await json('mine', 'jobs.json');
    expect(others.map(({ label }: { label: string }) => label)).toEqual(
      jobs.map(({ label }: { label: string }) => label),
    );
    expect(others[0].key).not.toBe(jobs[0].key);
  });

  it.each([
    ['a class that is not there', { ...RED, positives: ['green'] }, 'task red: expected a class of'],
    [
      'another folder',
      { ...RED, dataset: { ...RED.dataset, folders: 'none' } },
      '/own/none: expected a folder',
    ],
    ['no such field', { ...RED, size: 8 }, 'tasks.json, field [0]: expected no fields but id, name, dataset'],
    [
      'another id',
      { ...RED, id: 'crimson' },
      "unknown task 'red'; known are crimson (red vs rest), 0 (0 vs rest)",
    ],
  ])(
    'that cannot be followed is answered by one line, and nothing is written: %s',
    async (_, task, words) => {
      await writeFile(file(), JSON.stringify([task]));
      const error = (await failure(() => train('--task', 'red', '--out', inRoot('nothing')))) as Error;
      expect(error.message).toContain(words);
      expect(error.message).not.toContain('\n');
      expect(await readdir(root)).not.toContain('nothing');
    },
  );
});
