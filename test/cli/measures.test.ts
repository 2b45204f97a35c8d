import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withExperiment } from '../../src/cli/experiment';
import { readJobs } from '../../src/cli/jobs-file';
import { makeProgram } from '../../src/cli/program';
import { NETWORK_FILE } from '../../src/experiment/kinds/network.node';
import { trained } from '../../src/experiment/plans/networks.node';
import { openScene } from '../../src/experiment/scene/scene';
import { batchesOf, fisherSplit } from '../../src/experiment/scene/splits';
import { load } from '../../src/nas/models.node';
import { measuresSchema } from '../../src/report/measure-matrices';
import { parseXml } from '../report/xml';
import { useGpu } from '../use-gpu';
import { writeDigits } from './digits';
import { optionsFor, useSilence } from './experiment';

const silence = useSilence();
let root = '';
const held = useGpu();
const inRoot = (...parts: string[]) => join(root, ...parts);
const found = async (out: string) =>
  measuresSchema.parse(JSON.parse(await readFile(inRoot(out, 'measures.json'), 'utf8')));
const distance = (out: string, ...more: string[]) => {
  const matrix = ['--tasks', '0', '3', '--seeds', '2'];
  const args = ['distance', '--data', inRoot('data'), '--out', inRoot(out), ...matrix, ...more];
  return makeProgram().parseAsync(args, { from: 'user' });
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-measures-'));
  await writeDigits(inRoot('data'), 120, 50);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** LEEP from logits [N][Z] in f64, by its formula. */
function leepOf(logits: readonly (readonly number[])[], labels: readonly number[]): number {
  const shares = logits.map((row) => {
    const sum = row.reduce((total, value) => total + Math.exp(value), 0);
    return row.map((value) => Math.exp(value) / sum);
  });
  const conditional = (label: number, z: number) => {
    const [joint, all] = [0, 0].map((_, which) =>
      shares.reduce((sum, row, n) => (which === 1 || labels[n] === label ? sum + row[z] : sum), 0),
    );
    return joint / all;
  };
  const likelihoods = shares.map((row, n) =>
    row.reduce((sum, share, z) => sum + conditional(labels[n], z) * share, 0),
  );
  return likelihoods.reduce((sum, likelihood) => sum + Math.log(likelihood), 0) / labels.length;
}

describe('taskgrad distance --measure', () => {
  it('computes those that are asked for, with their matrices, nulls and pictures', async () => {
    await distance('some', '--measure', 'task2vec', 'leep', 'logme', 'cka');
    const { measures, probe, seeds, tasks } = await found('some');
    expect(measures.map(({ name }) => name)).toEqual(['task2vec', 'leep', 'logme', 'cka']);
    // Task 3 has the most classes.
    expect({ probe, seeds, ids: tasks.map(({ id }) => id) }).toEqual({
      probe: '3',
      seeds: [0, 1],
      ids: ['0', '3'],
    });
    const [task2vec, leep, , cka] = measures;
    expect(cka.cells[0][0]).toEqual({ mean: expect.closeTo(1, 9), sd: expect.closeTo(0, 9) });
    // Ten images of task 3 are kept; of task 0 two, which any two networks see alike but for a factor.
    expect(cka.nulls[1]?.mean).toBeLessThan(1);
    expect(task2vec.cells[1][1]).toEqual({ mean: expect.closeTo(0, 9), sd: expect.closeTo(0, 9) });
    expect(task2vec.cells[0][1]?.mean).toBeGreaterThan(0);
    expect(task2vec.nulls).toEqual([null, null]);
    expect(silence.stdout()).toContain('LEEP, mean ± sd over 2 seeds:');
    expect(silence.stdout()).toContain(`task 3, one a seed`);
    expect(silence.stdout()).not.toContain('log-det');
    for (const name of ['leep-mean', 'leep-sd', 'task2vec-mean'])
      expect(parseXml(await readFile(inRoot('some', `heatmap-${name}.svg`), 'utf8')).tag).toBe('svg');
    expect(leep.nulls[1]).not.toBeNull();
  });

  it('gives the LEEP of the source’s network on the images kept of the target', async () => {
    const options = optionsFor(inRoot('data'), inRoot('hand'), { store: inRoot('some', 'store') });
    const byHand: number[] = [];
    await withExperiment(options, { tasks: ['0', '3'], seeds: 2 }, async (experiment) => {
      const of = experiment.inputs(experiment.task('0'));
      for (const seed of [0, 1]) {
        const network = await trained(experiment, experiment.task('3'), seed);
        const { net } = await load(held.gpu, network.file(NETWORK_FILE));
        const scene = openScene(held.gpu, of);
        const [logits, labels]: [number[][], number[]] = [[], []];
        for (const batch of batchesOf(scene.train, fisherSplit(of, 400), 100)) {
          net.eval();
          const answers = await net.forward(batch.inputs).data();
          labels.push(...(await batch.labels.data()));
          for (let at = 0; at < answers.length; at += 10) logits.push([...answers.slice(at, at + 10)]);
        }
        net.dispose();
        byHand.push(leepOf(logits, labels));
      }
    });
    const leep = (await found('some')).measures.find(({ name }) => name === 'leep');
    expect(leep?.cells[1][0]?.mean).toBeCloseTo((byHand[0] + byHand[1]) / 2, 5);
  });

  it('takes the networks that are there for another measure, and prints Fréchet distances when they are asked for', async () => {
    const networks = async () =>
      (await readJobs(inRoot('some'))).jobs
        .filter(({ kind }) => kind === 'network')
        .map(({ key }) => key)
        .sort();
    const before = await networks();
    await distance('some', '--measure', 'frechet', 'cka');
    expect(await networks()).toEqual(before);
    expect((await found('some')).measures.map(({ name }) => name)).toEqual(['cka']);
    expect(silence.stdout()).toMatch(/^Fréchet distances:\nsource \\ target +0 +3$/m);
  });
});
