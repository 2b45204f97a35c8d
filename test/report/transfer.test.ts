import { describe, expect, it } from 'vitest';
import { tableText } from '../../src/report/table';
import {
  summariseTransfer,
  type Transfer,
  type TransferRun,
  transferSchema,
} from '../../src/report/transfer';
import { transferSvg } from '../../src/report/transfer-picture';
import { correlationLines, pairTable, targetTable } from '../../src/report/transfer-table';
import { labels, parseXml } from './xml';

/** [seed, source, target, log-det, Fréchet, accuracy, from scratch] */
const RUNS = (
  [
    [0, 'b', 'a', 1, 0.9, 0.9, 0.5],
    [0, 'c', 'a', 2, 0.8, 0.7, 0.5],
    [0, 'd', 'a', 3, 0.7, 0.6, 0.5],
    [0, 'a', 'b', 0.5, 0.5, 0.8, 0.8],
    [1, 'b', 'a', 1, 0.9, 0.8, 0.6],
    [1, 'c', 'a', 4, 0.8, 0.7, 0.6],
    [1, 'd', 'a', 3, 0.7, 0.65, 0.6],
    [1, 'a', 'b', 0.7, 0.5, 0.8, 0.8],
  ] as const
).map(
  ([seed, source, target, logdet, frechet, accuracy, scratch]): TransferRun => ({
    seed,
    source,
    target,
    logdet,
    frechet,
    accuracy,
    scratch,
  }),
);
const TRANSFER: Transfer = {
  adapter: { kind: 'lavapipe', description: 'a software adapter', software: true },
  network: 'NN2 × 0.25',
  estimator: 'empirical',
  seeds: [0, 1],
  samples: 50,
  epochs: 3,
  batchSize: 20,
  lr: 1e-3,
  runs: RUNS,
  ...summariseTransfer(RUNS),
  tasks: ['a', 'b', 'c', 'd'].map((id) => ({ id, name: `${id} <&> rest` })),
};

describe('summariseTransfer', () => {
  it('correlates distance and accuracy gained for each seed, then takes mean and sd', () => {
    const [{ task, logdet, frechet }] = summariseTransfer(RUNS).targets;
    expect(task).toBe('a');
    // Seed 0: far to near as least to most gained. Seed 1: distances rank 1 3 2, gains 3 2 1, ρ = 1 − 6·6/24.
    expect(logdet.perSeed).toEqual([-1, -0.5].map((rho) => expect.closeTo(rho, 12)));
    expect(logdet.spread).toEqual({
      mean: expect.closeTo(-0.75, 12),
      sd: expect.closeTo(Math.SQRT1_2 / 2, 12),
    });
    expect(frechet.perSeed).toEqual([1, 1].map((rho) => expect.closeTo(rho, 12)));
  });

  it('has no ρ for a target with one source', () => {
    expect(summariseTransfer(RUNS).targets[1].logdet).toEqual({ perSeed: [null, null], spread: null });
  });

  it('over all pairs ranks gains and not accuracies, as targets differ in what is easy', () => {
    // Distances 1 2 3 0.5 and gains 0.4 0.2 0.1 0: the nearest pair gains least, though from an accuracy of 0.8.
    expect(summariseTransfer(RUNS).all.logdet.perSeed[0]).toBeCloseTo(1 - (6 * 8) / 60, 12);
  });

  it('gives mean and sample deviation of every pair, and counts a seed’s scratch network once', () => {
    const { pairs, targets } = summariseTransfer(RUNS);
    expect(pairs).toHaveLength(4);
    expect(pairs[0]).toMatchObject({
      source: 'b',
      target: 'a',
      logdet: { mean: 1, sd: 0 },
      accuracy: { mean: expect.closeTo(0.85, 12), sd: expect.closeTo(0.1 * Math.SQRT1_2, 12) },
      gain: { mean: expect.closeTo(0.3, 12), sd: expect.closeTo(0.2 * Math.SQRT1_2, 12) },
    });
    expect(targets[0].scratch).toEqual({
      mean: expect.closeTo(0.55, 12),
      sd: expect.closeTo(0.1 * Math.SQRT1_2, 12),
    });
  });
});

describe('the tables of a transfer check', () => {
  it('list a target’s sources from near to far with what they gained', () => {
    const lines = tableText(pairTable(TRANSFER)).split('\n').slice(2);
    expect(lines.map((line) => line.slice(0, 5))).toEqual(['b → a', 'c → a', 'd → a', 'a → b']);
    expect(lines[0]).toMatch(/85\.00 ± 7\.07 +\+30\.00 ± 14\.14$/);
  });

  it('say of each target which source is nearest, which is best, and ρ where there is one', () => {
    const [, , a, b] = tableText(targetTable(TRANSFER)).split('\n');
    expect(a).toMatch(/^a +55\.00 ± 7\.07 +b +d +b +-0\.75 ± 0\.35 +1\.00 ± 0\.00$/);
    expect(b).toMatch(/^b +80\.00 ± 0\.00 +a +a +a +– +–$/);
  });

  it('count how often the nearest source is the best', () => {
    const [logdet, frechet] = correlationLines(TRANSFER);
    expect(logdet).toMatch(/^Log-det: Spearman .* over all 4 pairs .*; .* best for 2 of 2 targets$/);
    expect(frechet).toMatch(/best for 1 of 2 targets$/);
  });
});

describe('transfer.json', () => {
  it('is as its schema says, whatever JSON makes of the numbers', () => {
    expect(transferSchema.parse(JSON.parse(JSON.stringify(TRANSFER)))).toEqual(TRANSFER);
  });

  it.each([
    ['an accuracy in percent', { runs: [{ ...RUNS[0], accuracy: 90 }] }],
    ['no runs', { runs: [] }],
    ['a field that nobody knows', { note: 'x' }],
  ])('is refused with %s', (_, change) => {
    expect(transferSchema.safeParse({ ...TRANSFER, ...change }).success).toBe(false);
  });
});

describe('the picture of a transfer check', () => {
  it('labels every pair, and names each target with its accuracy from scratch', () => {
    const found = labels(parseXml(transferSvg(TRANSFER, 'logdet')));
    expect(found).toEqual(expect.arrayContaining(['b→a', 'c→a', 'd→a', 'a→b']));
    expect(found).toContain('target a (a <&> rest); dashed: from scratch, 55.00 %');
    expect(found).toContain('Log-det distance from source to target');
  });
});
