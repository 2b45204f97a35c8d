import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJobs } from '../../src/cli/jobs-file';
import { makeProgram } from '../../src/cli/program';
import { distanceFileSchema } from '../../src/cli/said/distance-file';
import { NETWORK_FILE } from '../../src/experiment/kinds/network.node';
import { parseGenotype } from '../../src/nas/genotype';
import { parseXml } from '../report/xml';
import { writeDigits } from './digits';
import { artefactFolder, labelsOf, useShortSearches, useSilence, valuesOf } from './experiment';
import { useCli } from './program';

const cli = useCli();
const silence = useSilence();
useShortSearches();
let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const common = (out: string) => ['--data', inRoot('data'), '--out', inRoot(out)];
const here = (...args: string[]) => makeProgram().parseAsync(args, { from: 'user' });
const text = (...path: string[]) => readFile(inRoot(...path), 'utf8');

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-commands-'));
  await writeDigits(inRoot('data'), 80, 50);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('taskgrad train', () => {
  it('with --json prints nothing but a JSON object a line, the same events as in its log', async () => {
    const { code, stdout, stderr } = await cli.run('train', ...common('json'), '--task', '0', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    for (const line of lines) expect(line).toMatchObject({ time: expect.stringMatching(/^\d{4}-.*Z$/) });
    const trained = lines.filter(({ event }) => event === 'trained');
    expect(trained.map(({ task, seed }) => [task, seed])).toEqual([
      ['0', 0],
      ['0', 1],
    ]);
    const logged = (await text('json', 'log.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(logged.map(({ event, seed }) => [event, seed])).toEqual([
      ['trained', 0],
      ['trained', 1],
    ]);
  });

  it('takes network and epochs, and can go on with one task alone', async () => {
    const args = ['train', ...common('nn2'), '--task', '0', '0', '--network', 'NN2', '--epochs', '1'];
    await here(...args);
    await here(...args);
    expect(await labelsOf(inRoot('nn2'))).toEqual(['NN2-task0-seed0', 'NN2-task0-seed1']);
  });

  it('with --augment sees other images, and ends with other weights', async () => {
    const weights = async (out: string, ...more: string[]) => {
      await here('train', ...common(out), '--task', '0', '--network', 'NN2', '--epochs', '1', ...more);
      return readFile(join(await artefactFolder(inRoot(out), 'NN2-task0-seed0'), NETWORK_FILE));
    };
    const [still, again, moved] = [
      await weights('still'),
      await weights('again'),
      await weights('moved', '--augment'),
    ];
    const body = (file: Buffer) => file.subarray(-4096);
    expect(body(again)).toEqual(body(still));
    expect(body(moved)).not.toEqual(body(still));
  });
});

describe('taskgrad distance', () => {
  it('writes the distances and their heat maps, and prints the matrix', async () => {
    await here('distance', ...common('maps'));
    const distance = distanceFileSchema.parse(JSON.parse(await text('maps', 'distance.json')));
    expect(distance).toMatchObject({ ids: ['0', '1', '2', '3'], seeds: 2, estimator: 'empirical' });
    expect(distance.tasks).toEqual(['0 vs rest', '6 vs rest', '0,1,2,3 + rest', 'all digits']);
    for (const name of ['logdet-mean', 'logdet-sd', 'frechet-mean', 'frechet-sd'])
      expect(parseXml(await text('maps', `heatmap-${name}.svg`)).tag).toBe('svg');
    expect(parseXml(await text('maps', 'sensitivity-logdet.svg')).tag).toBe('svg');
    expect(silence.stdout()).toMatch(
      /^source \\ target +0 +1 +2 +3\n[─ ]+\n0 0 vs rest +\d\S* ± \S+ +\(?\d.* ± /m,
    );
    const { closest, mean, perSeed = [] } = distance.logdet;
    expect(perSeed).toHaveLength(2);
    expect(mean[1][2]).toBeCloseTo((perSeed[0][1][2] + perSeed[1][1][2]) / 2, 12);
    const agree = perSeed.filter((seed) =>
      [0, 1, 2].every((i) => seed[Number(closest[3].closest)][3] <= seed[i][3]),
    );
    expect(closest[3].agree).toEqual({ seeds: agree.length, of: 2 });
    expect(silence.stdout()).toContain(
      `closest to task 3: task ${closest[3].closest} (${agree.length} of 2 seeds), at `,
    );
    expect(silence.stdout()).toMatch(
      /log-det means \(Spearman, 12 entries\): -?\d\.\d\d \(95 % interval .+, over 4 tasks and 2 seeds\)/,
    );
    expect(distance).toMatchObject({ images: 'held-out', head: 'matched', averaged: false });
    expect(silence.stdout()).toContain(
      `on training images that nothing trained on; heads matched; ε = ${distance.epsilon.toExponential()}, ` +
        `${(100 * (distance.below ?? Number.NaN)).toFixed(2)} % of all entries below it`,
    );
  });

  it('gives each task’s distance from itself with other first weights, and the distances over ε', async () => {
    const distance = distanceFileSchema.parse(JSON.parse(await text('maps', 'distance.json')));
    const { jobs } = await readJobs(inRoot('maps'));
    const all = await valuesOf<{ logdet: number; overEpsilon: number[] }>(inRoot('maps'), 'distance');
    // Two seeds make one pair.
    expect(distance.nulls?.logdet).toEqual(
      ['0', '1', '2', '3'].map((id) => ({
        mean: all.get(`distance from task ${id} to task ${id}`)?.logdet,
        sd: 0,
      })),
    );
    // Of four tasks from each other under two seeds, and of each from itself.
    expect(jobs.filter(({ kind }) => kind === 'distance')).toHaveLength(2 * 12 + 4);
    const same = distance.overEpsilon.find(({ epsilon }) => epsilon === distance.epsilon);
    const { perSeed: _, ...logdet } = distance.logdet;
    expect(same?.logdet).toEqual(logdet);
    expect(same?.nulls).toEqual(distance.nulls?.logdet);
    const shares = distance.overEpsilon.map(({ epsilon }) => epsilon);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });

  it('measures as the original program does when it is told to, and says so', async () => {
    const as = [
      '--images',
      'test',
      '--head',
      'padded',
      '--epsilon',
      '1e-6',
      '--estimator',
      'original',
      'batch',
    ];
    const matrix = ['--tasks', '0', '3', '--seeds', '1'];
    await here('distance', ...common('original'), ...matrix, ...as);
    const distance = distanceFileSchema.parse(JSON.parse(await text('original', 'distance.json')));
    expect(distance).toMatchObject({ images: 'test', head: 'padded', epsilon: 1e-6, estimator: 'original' });
    expect(distance.nulls).toEqual({ logdet: [null, null], frechet: [null, null] });
    const said = silence.stdout();
    expect(said).toContain('; no null with one seed:');
    expect(said).toContain('on test images; heads padded; ε = 1e-6, ');
    expect(said).toMatch(
      /^estimator +Spearman with the published means\n[─ ]+\noriginal +\S.*\nbatch +\S.*$/m,
    );
  });

  it('averages Fishers over the seeds: one matrix, with the null between halves of the seeds', async () => {
    await here('distance', ...common('average'), '--tasks', '0', '3', '--average');
    const distance = distanceFileSchema.parse(JSON.parse(await text('average', 'distance.json')));
    const cells = await valuesOf<{ logdet: number }>(inRoot('average'), 'distance');
    expect([...cells.keys()].sort()).toEqual(
      ['0 to task 0', '0 to task 3', '3 to task 0', '3 to task 3'].map(
        (ends) => `distance from task ${ends}`,
      ),
    );
    expect(distance).toMatchObject({ averaged: true, seeds: 2 });
    expect(distance.logdet.mean[0][1]).toBe(cells.get('distance from task 0 to task 3')?.logdet);
    expect(await readdir(inRoot('average'))).not.toContain('heatmap-logdet-sd.svg');
    expect(silence.stdout()).toContain('log-det distances, of Fishers averaged over 2 seeds;');
  });

  it('written by an older version is read: padded heads, test images, no null', async () => {
    const { images, head, averaged, below, nulls, overEpsilon, ...old } = JSON.parse(
      await text('maps', 'distance.json'),
    );
    const { nulls: none, ...read } = distanceFileSchema.parse(old);
    expect(none).toBeUndefined();
    expect(read).toEqual({ ...old, images: 'test', head: 'padded', averaged: false, overEpsilon: [] });
  });
});

describe('taskgrad search', () => {
  it('in the task-aware space takes up the distances that are there, and writes the genotype', async () => {
    await here('search', ...common('maps'), '--space', 'task-aware');
    const [, space] = /task-aware space: (.*)\n/.exec(silence.stdout()) ?? [];
    const genotype = parseGenotype(JSON.parse(await text('maps', 'genotype.json')));
    for (const operation of Object.values(genotype.edges)) expect(space.split(', ')).toContain(operation);
    expect(parseXml(await text('maps', 'genotype.svg')).tag).toBe('svg');
    expect(silence.stdout()).toMatch(/^FUSE task-aware: test error [\d.]+ % with cell [0-9a-f]{16}/m);
  });

  it('by random search does not take one space for the other, and tells programs of each candidate', async () => {
    const args = ['search', ...common('maps'), '--method', 'random', '--space', 'task-aware'];
    await here(...args, '--json');
    const events = silence
      .stdout()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).event);
    // K · R genotypes, as FUSE trains networks.
    expect(events.filter((event) => event === 'candidate')).toHaveLength(3 * 2);
    expect(events.slice(-3, -1)).toEqual(['search', 'one search']);
  });

  it('by DARTS in a stack of cells, with two seeds, says how the errors spread, and goes on where it was stopped', async () => {
    const args = ['search', ...common('stack'), '--method', 'darts', '--cells', '3', '--channels', '2'];
    const whole = [...args, '--nodes', '3', '--repeats', '2', '--dictionary', inRoot('known.json')];
    await here(...whole);
    const first = silence.stdout();
    const errors = [...first.matchAll(/^DARTS: test error ([\d.]+) % with cell/gm)].map(([, error]) =>
      Number(error),
    );
    const [, mean, sd] =
      /DARTS: test error ([\d.]+) ± ([\d.]+) % \(mean ± sd\), 95 % interval of the mean [\d.]+ to [\d.]+, over 2 seeds/.exec(
        first,
      ) ?? [];
    expect(Number(mean)).toBeCloseTo((errors[0] + errors[1]) / 2, 1);
    expect(Number(sd)).toBeCloseTo(Math.abs(errors[0] - errors[1]) / Math.SQRT2, 1);
    const genotypes = await Promise.all(
      ['genotype.json', 'genotype-seed1.json'].map(async (file) =>
        parseGenotype(JSON.parse(await text('stack', file))),
      ),
    );
    for (const { nodes, channels } of genotypes) expect([nodes, channels]).toEqual([3, 2]);
    const { content: known } = JSON.parse(await readFile(inRoot('known.json'), 'utf8'));
    expect(
      known['mnist/3'].map(({ genotype }: { genotype: { hash: string } }) => genotype.hash).sort(),
    ).toEqual([...new Set(genotypes.map(({ hash }) => hash))].sort());
    const log = (await text('stack', 'log.jsonl'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const entropies = log.filter(({ event }) => event === 'epoch').map(({ entropy }) => entropy);
    expect(entropies.length).toBeGreaterThan(1);
    for (const entropy of entropies) expect(entropy).toBeLessThan(Math.log(10));
    await here(...whole);
    expect(silence.stdout().slice(first.length)).toContain(`DARTS: test error ${mean} ± ${sd} %`);
  });
});
