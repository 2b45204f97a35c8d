import { describe, expect, it } from 'vitest';
import { scorePredictors } from '../../src/report/predictor-scores';
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
      })),
  );
}
const scoresOf = (runs: readonly TransferRun[]) =>
  new Map(scorePredictors(runs).map((score) => [score.name, score]));
/** A number for each pair, all different, and in no order that a shuffle of tasks keeps. */
const apart = (source: number, target: number) => (7 * source + 3 * target * target + source * target) / 1000;

describe('scorePredictors', () => {
  it('has a row for each predictor of the table', () => {
    expect(scorePredictors(runsOf(4, apart, apart)).map(({ name }) => name)).toEqual(
      PREDICTORS.map(({ name }) => name),
    );
  });

  it('gives −1 to the order in which gains fall, and p of one order among 3!', () => {
    const logdet = scoresOf(runsOf(3, (s, t) => -apart(s, t), apart)).get('logdet');
    expect(logdet).toMatchObject({
      perSeed: [expect.closeTo(-1, 12)],
      p: expect.closeTo(1 / 6, 12),
      firstIsBest: 3,
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

describe('verdictOf', () => {
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
