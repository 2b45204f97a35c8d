import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transfer } from '../../src/cli/commands/transfer';
import { makeProgram } from '../../src/cli/program';
import { withSession } from '../../src/cli/session';
import { PREDICTORS } from '../../src/report/predictors';
import { transferSchema } from '../../src/report/transfer';
import { InterruptedError } from '../../src/training/errors';
import { failure } from '../data/failure';
import { labels, parseXml } from '../report/xml';
import { writeDigits } from './digits';
import { interruptedIn, optionsFor, useSilence } from './session';

const silence = useSilence();
let root = '';
const inRoot = (...parts: string[]) => join(root, ...parts);
const text = (...path: string[]) => readFile(inRoot(...path), 'utf8');
const found = async (out: string) => transferSchema.parse(JSON.parse(await text(out, 'transfer.json')));
const FEW = { samples: 12, epochs: 2 };
const check = (out: string, ...more: string[]) => {
  const matrix = ['--tasks', '0', '3', '--seeds', '2', '--epochs', String(FEW.epochs)];
  const args = ['transfer', '--data', inRoot('data'), '--out', inRoot(out), ...matrix, ...more];
  return makeProgram().parseAsync(args, { from: 'user' });
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'taskgrad-transfer-'));
  await writeDigits(inRoot('data'), 80, 50);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('taskgrad transfer', () => {
  it('holds every pair’s accuracy against the run’s distances', async () => {
    await check('whole', '--samples', '12');
    const { runs, pairs, targets, predictors, verdict, ...rest } = await found('whole');
    expect(rest).toMatchObject({ ...FEW, seeds: [0, 1], network: 'NN2 × 0.25', estimator: 'empirical' });
    expect(pairs.map(({ source, target }) => source + target)).toEqual(['30', '03']);
    expect(runs).toHaveLength(4);
    for (const { seed, target, scratch } of runs)
      expect(runs.find((other) => other.seed === seed && other.target === target)?.scratch).toBe(scratch);
    expect(new Set(runs.map(({ accuracy }) => accuracy)).size).toBeGreaterThan(1);

    const printed = /^3 → 0 +(\S+) ± \S+ +(\S+) ± /m.exec(silence.stdout());
    const whole = pairs.find(({ target }) => target === '0');
    expect(Number(printed?.[1])).toBeCloseTo(whole?.logdet.mean ?? Number.NaN, 1);
    expect(Number(printed?.[2])).toBeCloseTo(whole?.frechet.mean ?? Number.NaN, 1);
    expect(silence.stdout()).toMatch(/^log-det distance, least first +.* of 2 /m);
    expect(silence.stdout()).toContain('over all 2 pairs');
    expect(targets.map(({ task }) => task)).toEqual(['0', '3']);
    // Task 0 is one digit against the rest, task 3 all ten: of 8 images a digit 1 is kept for the Fisher information.
    for (const { source, sourceClasses, targetClasses, sourceImages } of runs)
      expect([source, sourceClasses, targetClasses, sourceImages]).toEqual(
        source === '0' ? ['0', 2, 10, expect.any(Number)] : ['3', 10, 2, 70],
      );
    expect(predictors.map(({ name }) => name)).toEqual(PREDICTORS.map(({ name }) => name));
    for (const sentence of verdict) expect(silence.stdout()).toContain(sentence);
    expect(await text('whole', 'transfer.html')).toContain('Does distance predict transfer?');
    for (const measure of ['logdet', 'frechet'])
      expect(labels(parseXml(await text('whole', `transfer-${measure}.svg`)))).toContain('3→0');
  });

  it('interrupted between two networks goes on to the same figures', async () => {
    await cp(inRoot('whole'), inRoot('halves'), { recursive: true });
    await rm(inRoot('halves', 'state', 'transfer'), { recursive: true });
    const options = optionsFor(inRoot('data'), inRoot('halves'), { resume: true });
    const stopped = () =>
      withSession(
        options,
        { tasks: ['0', '3'], seeds: 2 },
        interruptedIn('transfer', 3, (session) => transfer(session, FEW)),
      );
    expect(await failure(stopped)).toBeInstanceOf(InterruptedError);
    const { content: kept } = JSON.parse(await text('halves', 'state', 'transfer', 'samples12-epochs2.json'));
    expect(Object.keys(kept)).toEqual(['0//0', '0//3', '0/0/3']);

    await check('halves', '--samples', '12', '--resume');
    expect(await found('halves')).toEqual(await found('whole'));
  });

  it('with --resume takes the run’s networks and distances for another number of samples', async () => {
    const networks = inRoot('whole', 'state', 'networks');
    const written = async () =>
      Promise.all((await readdir(networks)).map(async (name) => (await stat(join(networks, name))).mtimeMs));
    const before = await written();
    await check('whole', '--samples', '20', '--resume');
    expect(await written()).toEqual(before);
    const files = await readdir(inRoot('whole', 'state', 'transfer'));
    expect(files.filter((file) => file.endsWith('.json')).sort()).toEqual([
      'samples12-epochs2.json',
      'samples20-epochs2.json',
    ]);
    expect(await found('whole')).toMatchObject({ samples: 20, seeds: [0, 1] });
  });

  it('puts a state of another form aside, and goes on from the one before it to the same figures', async () => {
    const { runs } = await found('whole');
    await check('whole', '--samples', '12', '--resume');
    const file = inRoot('whole', 'state', 'transfer', 'samples12-epochs2.json');
    const figures = (await found('whole')).runs;
    await writeFile(file, '{"0//0": 7}');
    await check('whole', '--samples', '12', '--resume');
    expect(silence.stdout()).toMatch(
      /samples12-epochs2\.json, field 0\/\/0: expected .*found 7.* now; the run goes back to .*\.previous/,
    );
    expect((await found('whole')).runs).toEqual(figures);
    expect(runs).not.toEqual(figures);
  });
});
