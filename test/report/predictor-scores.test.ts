import { describe, expect, it } from 'vitest';
import { TASK_MEASURES } from '../../src/fisher/measures/table';
import { bestOf, scorePredictors } from '../../src/report/predictor-scores';
import { PREDICTORS } from '../../src/report/predictors';
import type { TransferRun } from '../../src/report/transfer-run';
import { verdictOf } from '../../src/report/transfer-verdict';

const IDS = ['a', 'b', 'c', 'd'];
const CLASSES = [2, 2, 5, 10];

/** Runs of every pair of the first tasks under one seed. Gain and distance are made from the places of both tasks. */
function runsOf(
  tasks: number,
  gain: (source: number, target: number) => number,
  distance: (source: number, target: number) => number,
  measures: Pick<TransferRun, 'measures'> = {},
): TransferRun[] {
  const places = Array.from({ length: tasks }, (_, i) => i);
  return places.flatMap((target) =>
    places
      .filter((source) => source !== target)
      .map((source) => ({
        seed: 0,
        source: IDS[source] ?? `t${source}`,
        target: IDS[target] ?? `t${target}`,
        logdet: distance(source, target),
        frechet: 1,
        accuracy: 0.5 + gain(source, target),
        scratch: 0.5,
        sourceClasses: CLASSES[source % 4],
        targetClasses: CLASSES[target % 4],
        sourceAccuracy: 0.9,
        sourceImages: 100,
        ...measures,
      })),
  );
}
const scoresOf = (runs: readonly TransferRun[]) =>
  new Map(scorePredictors(runs).map((score) => [score.name, score]));
/** A number for each pair, all different, and in no order that a shuffle of tasks keeps. */
const apart = (source: number, target: number) => (7 * source + 3 * target * target + source * target) / 1000;

describe('scorePredictors', () => {
  it('has a row for each predictor of the table', () => {
    const measures = Object.fromEntries(TASK_MEASURES.map(({ name }) => [name, 1]));
    expect(scorePredictors(runsOf(4, apart, apart, { measures })).map(({ name }) => name)).toEqual(
      PREDICTORS.map(({ name }) => name),
    );
  });

  it('has a row for each task measure that the runs name, in its own order', () => {
    // Gains rise with LEEP, of which the nearest has the most, and fall with Task2Vec, of which it has the least.
    const runs = runsOf(4, apart, () => 1).map((run) => ({
      ...run,
      measures: { leep: run.accuracy, task2vec: -run.accuracy },
    }));
    const scores = scoresOf(runs);
    expect([...scores.keys()].slice(0, 4)).toEqual(['logdet', 'frechet', 'task2vec', 'leep']);
    expect(scores.get('leep')).toMatchObject({
      perSeed: [expect.closeTo(-1, 12)],
      firstIsBest: 4,
      trivial: false,
    });
    expect(scores.get('task2vec')?.perSeed).toEqual([expect.closeTo(-1, 12)]);
  });

  it('takes predictors that are no row of ours', () => {
    const own = {
      name: 'gain',
      title: 'gain itself',
      first: 'most' as const,
      trivial: false,
      value: ({ accuracy }: TransferRun) => accuracy,
    };
    const [only, ...others] = scorePredictors(runsOf(3, apart, apart), { predictors: [own] });
    expect(only).toMatchObject({ name: 'gain', perSeed: [expect.closeTo(-1, 12)] });
    expect(others).toEqual([]);
  });

  it('scores the pairs of each data set by themselves, where tasks are of several', () => {
    // Within a set the far gain most; between the two sets nothing is gained, and all is far.
    const isSame = (s: number, t: number) => s < 3 === t < 3;
    const runs = runsOf(
      6,
      (s, t) => (isSame(s, t) ? 0.2 + apart(s, t) : apart(s, t) / 10),
      (s, t) => (isSame(s, t) ? apart(s, t) : 5 + apart(s, t)),
    );
    const datasetOf = (task: string) => (['a', 'b', 'c'].includes(task) ? 'A' : 'B');
    const predictors = PREDICTORS.slice(0, 1);
    const [logdet] = scorePredictors(runs, { predictors, datasetOf });
    expect(logdet.spread?.mean).toBeLessThan(0);
    expect(logdet.within).toMatchObject([
      { dataset: 'A', tasks: 3, spread: { mean: expect.closeTo(1, 12) } },
      { dataset: 'B', tasks: 3, spread: { mean: expect.closeTo(1, 12) } },
    ]);
    expect(logdet.within[0].interval).not.toBeNull();
    // No order of three tasks is worse than this one: all 3! do as well. Two data sets are two tests.
    expect(logdet.within.map(({ p, holm }) => [p, holm])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    expect(scorePredictors(runs, { predictors, datasetOf: () => 'A' })[0].within).toEqual([]);
    // Two tasks of a set have no order.
    const two = (task: string) => (task === 'a' || task === 'b' ? 'A' : 'B');
    const [few] = scorePredictors(runs, { predictors, datasetOf: two });
    expect(few.within.map(({ dataset }) => dataset)).toEqual(['B']);
  });

  it('leaves distances that are all equal without a score', () => {
    expect(scoresOf(runsOf(3, apart, apart)).get('frechet')?.spread).toBeNull();
  });

  it('gives −1 to the order in which gains fall, and p of one order among 3!', () => {
    const logdet = scoresOf(runsOf(3, (s, t) => -apart(s, t), apart)).get('logdet');
    expect(logdet).toMatchObject({
      perSeed: [expect.closeTo(-1, 12)],
      p: expect.closeTo(1 / 6, 12),
      firstIsBest: 3,
      forTarget: { rho: expect.closeTo(-1, 12), p: expect.closeTo(1 / 6, 12) },
    });
  });

  it('expects the most classes first, and counts sources of as many classes for their part', () => {
    // Gains rise with the classes, that of a and b alike: the order is right but for ties on both sides.
    const classes = scoresOf(runsOf(4, (s) => CLASSES[s] / 100, apart)).get('classes');
    expect(classes?.perSeed).toEqual([expect.closeTo(-1, 12)]);
    expect(classes?.p).toBeCloseTo(2 / 24, 12);
    expect(classes?.firstIsBest).toBe(4);
    // One target of three, c, has the sources a and b alone, which have two classes each: one of them is the best.
    const three = scoresOf(runsOf(3, (s) => [0.1, 0.2, 0.3][s], apart)).get('classes');
    expect(three?.firstIsBest).toBe(2.5);
  });

  it('corrects p for the predictors that have an order', () => {
    const scores = scoresOf(runsOf(3, (s, t) => -apart(s, t), apart));
    // Fréchet distances, accuracies and images are all equal here: three predictors are left.
    expect([...scores.values()].filter(({ p }) => p !== null).map(({ name }) => name)).toEqual([
      'logdet',
      'classes',
      'class-difference',
    ]);
    expect(scores.get('logdet')?.holm).toBeCloseTo(3 / 6, 12);
    expect(scores.get('frechet')).toMatchObject({ p: null, holm: null, spread: null, interval: null });
  });

  it('sets a distance beside the trivial predictor with the lowest ρ', () => {
    const scores = scoresOf(runsOf(4, (s) => CLASSES[s] / 100, apart));
    expect(scores.get('logdet')?.rival?.name).toBe('classes');
    expect(scores.get('classes')?.rival).toBeNull();
  });

  it('has neither p nor interval where a pair of tasks is missing', () => {
    const logdet = scoresOf(runsOf(4, apart, apart).slice(1)).get('logdet');
    expect(logdet).toMatchObject({ p: null, holm: null, interval: null, spread: { sd: 0 } });
  });

  it('leaves out what an older file does not say', () => {
    const older = runsOf(3, apart, apart).map(({ sourceClasses: _, ...run }) => run);
    expect([...scoresOf(older).keys()]).toEqual(['logdet', 'frechet', 'accuracy', 'images']);
  });
});

describe('bestOf', () => {
  it('is the measure with the lowest ρ, with the interval of what it is ahead by', () => {
    const runs = runsOf(8, (s, t) => -apart(s, t), apart).map((run, i) => ({
      ...run,
      frechet: (i * 7) % 11,
    }));
    const best = bestOf(runs, scorePredictors(runs));
    expect(best).toMatchObject({ name: 'logdet', next: 'frechet' });
    expect(best?.difference?.high).toBeLessThan(0);
  });

  it('is null where fewer than two have an order', () => {
    const runs = runsOf(4, apart, apart);
    expect(bestOf(runs, scorePredictors(runs))).toBeNull();
  });
});

describe('verdictOf', () => {
  it('says which of several measures orders best, and whether that is told from the next', () => {
    const runs = runsOf(6, (s, t) => -apart(s, t), apart).map((run, i) => ({
      ...run,
      frechet: (i * 7) % 11,
      measures: { cka: (i * 5) % 13 },
    }));
    const scores = scorePredictors(runs);
    expect(verdictOf(scores, 6, bestOf(runs, scores)).join('\n')).toMatch(
      /^For a given target the best order of a measure is that by log-det distance \(ρ -1\.00, .*\(p = .*, with Holm’s correction for \d predictors\)\.$/m,
    );
    expect(verdictOf(scores, 6, bestOf(runs, scores)).join('\n')).toMatch(
      /^Of these 3 measures the order by log-det distance \(ρ -1\.00, 95 % interval .*\) is the best here, the next is that by .*, which is beyond the noise of tasks and seeds\.$/m,
    );
  });

  it('says of each data set which measure orders its own tasks best, beside what needs no distance', () => {
    // Six tasks of A and three of B. Within A the distance is right, and the best there is among 6! orders.
    const runs = runsOf(9, (s, t) => (s < 6 ? -apart(s, t) : apart(s, t)), apart);
    const datasetOf = (task: string) => (['a', 'b', 'c', 'd', 't4', 't5'].includes(task) ? 'A' : 'B');
    const text = verdictOf(scorePredictors(runs, { datasetOf }), 9).join('\n');
    const tests = scorePredictors(runs, { datasetOf }).flatMap(({ within }) =>
      within.filter(({ p }) => p !== null),
    );
    const p = (tests.length / 720).toFixed(3);
    expect(text).toMatch(
      /^Within A \(6 tasks\) the best order of a measure is that by log-det distance \(ρ -1\.00, /m,
    );
    expect(text).toContain(
      `it is better than chance makes it (p = ${p}, with Holm’s correction for ${tests.length} tests)`,
    );
    expect(text).toMatch(/^Within A .*; of those without a distance the best is the .* \(ρ -?\d\.\d\d\)\.$/m);
    expect(text).toMatch(/^Within B \(3 tasks\) .* it is no better than chance makes it/m);
  });

  const verdict = (runs: readonly TransferRun[], tasks: number) =>
    verdictOf(scorePredictors(runs), tasks).join('\n');
  /** Eight tasks on a line: the nearer, the more is gained. */
  const near = (s: number, t: number) => Math.abs(s - t) / 10 + s / 1000;

  it('says that distance is better than chance only where the corrected p is small', () => {
    const text = verdict(
      runsOf(8, (s, t) => -near(s, t) / 10, near),
      8,
    );
    expect(text).toMatch(
      /^By log-det distance the order of sources is better than chance makes it \(p = \de-4, /,
    );
    expect(text).toContain('and no trivial predictor does as well');
    expect(text).not.toContain('too few');
  });

  it('says that a trivial predictor predicts better where the difference is beyond the noise', () => {
    const text = verdict(
      runsOf(8, (s) => CLASSES[s % 4] / 100, near),
      8,
    );
    expect(text).toMatch(/^By log-det distance the order of sources is no better than chance makes it/);
    expect(text).toMatch(
      /and the number of the source’s classes predicts better \(ρ -1\.00 against -?0\.\d\d\)\.$/m,
    );
  });

  it('says of four tasks that no order of theirs could be told from chance', () => {
    // The best p of 4! orders is 0.042; three predictors have an order.
    const text = verdict(
      runsOf(4, (s, t) => -apart(s, t), apart),
      4,
    );
    expect(text).toMatch(
      /^By log-det distance the order of sources is no better than chance makes it \(p = 0\.13/,
    );
    expect(text).toMatch(
      /^4 tasks are too few to tell any of these 3 predictors from chance: .* p = 0\.13\.$/m,
    );
  });

  it('says where there is no order, and where a pair is missing', () => {
    expect(verdict(runsOf(3, apart, apart), 3)).toContain('By Fréchet distance there is no order of sources');
    expect(verdict(runsOf(4, apart, apart).slice(1), 4)).toContain(
      'By log-det distance nothing is said of the order of sources: some pair of tasks is missing.',
    );
  });
});
