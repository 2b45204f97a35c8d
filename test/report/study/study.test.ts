import { describe, expect, it } from 'vitest';
import { StudyError } from '../../../src/report/study/run';
import {
  grownStudy,
  type StudyFacts,
  studyFileSchema,
  studyOf,
  studySchema,
} from '../../../src/report/study/study';
import { DARTS, FUSE, factsOf, RANDOM, runsOf } from './runs';

const close = (value: number) => expect.closeTo(value, 12);
const study = studyOf(factsOf(...FUSE, ...DARTS, ...RANDOM));

describe('the methods of a study', () => {
  it('have errors in the order of the seeds, their mean and sample deviation, and what they cost', () => {
    expect(study.methods['FUSE, standard']).toMatchObject({
      errors: [0.02, 0.022, 0.024, 0.026, 0.028, 0.03],
      mean: close(0.025),
      // Deviations ±1, ±3, ±5 images: √(70 / 5).
      sd: close(Math.sqrt(14) / 1000),
      parameters: { mean: 72_500, sd: close(1000 * Math.sqrt(3.5)) },
      gpuSeconds: { mean: 42.5, sd: close(Math.sqrt(3.5)) },
    });
    expect(Object.keys(study.methods)).toEqual([
      'DARTS, standard',
      'FUSE, standard',
      'random search, standard',
    ]);
  });

  it('have an interval around the mean, none with one seed', () => {
    const [low, high] = study.methods['FUSE, standard'].ci ?? [];
    // Six values of deviation 3.74: the mean has one of 3.42 / √6 = 1.39 images.
    expect(low).toBeGreaterThan(0.025 - 0.0035);
    expect(low).toBeLessThan(0.025 - 0.002);
    expect(high).toBeGreaterThan(0.025 + 0.002);
    expect(high).toBeLessThan(0.025 + 0.0035);
    expect(studyOf(factsOf(...runsOf('FUSE', [20]))).methods['FUSE, standard']).toMatchObject({
      ci: null,
      sd: 0,
    });
  });
});

describe('the pairs of a study', () => {
  it('are paired by seed, with the exact p, wins and effect', () => {
    const [pair] = study.pairs;
    // Differences of 1 to 6 images, all on one side: 2 of 2⁶ signs. Their mean is 3.5, their deviation √3.5.
    expect(pair).toMatchObject({
      a: 'DARTS, standard',
      b: 'FUSE, standard',
      n: 6,
      difference: close(0.0035),
      p: close(2 / 64),
      wins: 0,
      effect: close(3.5 / Math.sqrt(3.5)),
    });
    expect(pair.differences).toEqual([1, 2, 3, 4, 5, 6].map((images) => close(images / 1000)));
    expect(pair.ci?.[0]).toBeGreaterThan(0.001);
    expect(pair.ci?.[1]).toBeLessThan(0.006);
  });

  it('count what is equal by half, and rank it as Pratt does', () => {
    const pair = study.pairs.find(({ a, b }) => a === 'FUSE, standard' && b === 'random search, standard');
    // FUSE less random: −1, 2, 0, −3, 4, −5 images. Ranks 1, with the zero, to 6: above 3 + 5, below 2 + 4 + 6.
    expect(pair).toMatchObject({ difference: close(-0.0005), wins: 3.5 / 6 });
    // Sums of some of the ranks 2 to 6 that are at most 8: none, five of one, {2,3}, {2,4}, {2,5}, {2,6}, {3,4}, {3,5}: 12.
    expect(pair?.p).toBeCloseTo((2 * 12) / 32, 12);
  });

  it('have p corrected for all of them', () => {
    const ps = study.pairs.map(({ p }) => p);
    const rising = study.pairs.toSorted((x, y) => x.p - y.p);
    expect(rising[0].holm).toBeCloseTo(3 * Math.min(...ps), 12);
    expect(rising[2].holm).toBeGreaterThanOrEqual(rising[1].holm);
  });

  it('take the seeds that both have, and are none where they have none in common', () => {
    const { pairs } = studyOf(factsOf(...FUSE.slice(0, 4), ...DARTS.slice(2)));
    expect(pairs).toMatchObject([{ n: 2, difference: close(0.0035) }]);
    expect(studyOf(factsOf(...FUSE.slice(0, 3), ...DARTS.slice(3))).pairs).toEqual([]);
  });
});

describe('a study', () => {
  it('is the same whatever the order of its runs', () => {
    expect(studyOf(factsOf(...RANDOM.toReversed(), ...DARTS.toReversed(), ...FUSE))).toEqual(study);
  });

  it('grown by seeds is the same as computed at once, and a run given twice counts once', () => {
    const few = studyOf(factsOf(...FUSE.slice(0, 2), ...DARTS.slice(0, 2), ...RANDOM.slice(0, 1)));
    const more = [...FUSE.slice(1), ...DARTS.slice(2), ...RANDOM.slice(1)];
    expect(grownStudy(few, { tasks: few.tasks, runs: more })).toEqual(study);
  });

  it('refuses two runs that contradict each other', () => {
    const other = { ...FUSE[2], testError: 0.5 };
    expect(() => studyOf(factsOf(...FUSE, other))).toThrow(StudyError);
    expect(() => studyOf(factsOf(...FUSE, other))).toThrow(
      'two different runs of FUSE, standard on task 3 with seed 2, expected one',
    );
  });

  it('tells methods in other spaces apart', () => {
    const aware = FUSE.map((run) => ({ ...run, space: 'task-aware' }));
    expect(Object.keys(studyOf(factsOf(...FUSE, ...aware)).methods)).toEqual([
      'FUSE, standard',
      'FUSE, task-aware',
    ]);
  });

  it('comes back from JSON as it was; an older file is summed up anew', () => {
    expect(studySchema.parse(JSON.parse(JSON.stringify(study)))).toEqual(study);
    const { methods: _, pairs: __, sentence: ___, ...older } = study;
    expect(studyFileSchema.parse(JSON.parse(JSON.stringify({ ...older, extra: 1 })))).toEqual(study);
  });

  it.each([
    ['an error in percent', { runs: [{ ...FUSE[0], testError: 2 }] }],
    ['no runs', { runs: [] }],
    ['a field that nobody knows', { note: 'x' }],
  ])('is refused with %s', (_, change) => {
    expect(studySchema.safeParse({ ...study, ...change }).success).toBe(false);
  });

  it('keeps what was found on a table', () => {
    const table = { cells: 1000, tau: { FUSE: 0.4 }, regret: { FUSE: { mean: 0.01, ci: null } } };
    expect(studySchema.parse(studyOf({ ...factsOf(...FUSE), table })).table).toEqual(table);
  });
});

describe('a study of several tasks', () => {
  const facts: StudyFacts = {
    ...factsOf(...FUSE, ...DARTS, ...runsOf('FUSE', [60, 61], '1'), ...runsOf('DARTS', [62, 60], '1')),
    tasks: ['3', '1'].map((id) => ({ id, name: id })),
  };
  const { tasks, methods, pairs, byTask } = studyOf(facts);

  it('pairs by task and seed, tasks in their order', () => {
    expect(tasks.map(({ id }) => id)).toEqual(['1', '3']);
    expect(methods['FUSE, standard'].errors).toEqual([0.06, 0.061, 0.02, 0.022, 0.024, 0.026, 0.028, 0.03]);
    expect(pairs).toMatchObject([{ n: 8, difference: close((2 - 1 + 21) / 8000) }]);
  });

  it('says the same of each task, with p corrected over all of them', () => {
    expect(byTask.map(({ task, pairs }) => [task, pairs[0].n, pairs[0].p, pairs[0].holm])).toEqual([
      ['1', 2, 1, 1],
      ['3', 6, close(2 / 64), close(2 * (2 / 64))],
    ]);
    expect(study.byTask).toEqual([]);
  });

  it('resamples seeds within tasks: that tasks differ makes no interval wide', () => {
    const equal = factsOf(...runsOf('FUSE', [20, 20]), ...runsOf('FUSE', [80, 80], '1'));
    const { ci } = studyOf(equal).methods['FUSE, standard'];
    expect(ci).toEqual([close(0.05), close(0.05)]);
  });
});
