import { describe, expect, it } from 'vitest';
import { predictorsSvg } from '../../src/report/predictor-picture';
import { tableText } from '../../src/report/table';
import {
  summariseTransfer,
  type Transfer,
  transferFileSchema,
  transferOf,
  transferSchema,
} from '../../src/report/transfer';
import { transferSvg } from '../../src/report/transfer-picture';
import type { TransferRun } from '../../src/report/transfer-run';
import { transferHtml } from '../../src/report/transfer-section';
import {
  givenTargetTable,
  nullNote,
  pairTable,
  predictorNote,
  predictorTable,
  targetTable,
} from '../../src/report/transfer-table';
import { labels, parseXml, textOf } from './xml';

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
const TRANSFER: Transfer = transferOf({
  adapter: { kind: 'lavapipe', description: 'a software adapter', software: true },
  network: 'NN2 × 0.25',
  estimator: 'empirical',
  seeds: [0, 1],
  samples: 50,
  epochs: 3,
  batchSize: 20,
  lr: 1e-3,
  runs: RUNS,
  tasks: ['a', 'b', 'c', 'd'].map((id) => ({ id, name: `${id} <&> rest` })),
});
/** The same with the null of target a alone. */
const WITH_NULLS: Transfer = {
  ...TRANSFER,
  nulls: {
    logdet: [{ mean: 1, sd: 0.25 }, null, null, null],
    frechet: [{ mean: 0.68, sd: 0.03 }, null, null, null],
  },
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
    expect(summariseTransfer(RUNS).targets[1].logdet).toEqual({
      perSeed: [null, null],
      spread: null,
      interval: null,
    });
  });

  it('has an interval of a target’s ρ over sources and seeds from five sources on', () => {
    const sources = ['b', 'c', 'd', 'e', 'f', 'g'];
    const runs = [0, 1].flatMap((seed) =>
      sources.map(
        (source, i): TransferRun => ({
          seed,
          source,
          target: 'a',
          logdet: i,
          frechet: (i * 5) % 6,
          accuracy: 0.9 - i / 10,
          scratch: 0.5,
        }),
      ),
    );
    const [{ logdet, frechet }] = summariseTransfer(runs).targets;
    expect(logdet.interval).toEqual({ low: expect.closeTo(-1, 12), high: expect.closeTo(-1, 12) });
    // Distances 0 5 4 3 2 1 beside falling gains: the first source decides, and is drawn or not.
    expect(frechet.interval?.low).toBeLessThan(0);
    expect(frechet.interval?.high).toBeCloseTo(1, 12);
    expect(summariseTransfer(runs.slice(1)).targets[0].logdet.interval).toBeNull();
  });

  it('over all pairs ranks gains and not accuracies, as targets differ in what is easy', () => {
    // Distances 1 2 3 0.5 and gains 0.4 0.2 0.1 0: the nearest pair gains least, though from an accuracy of 0.8.
    expect(summariseTransfer(RUNS).predictors[0].perSeed[0]).toBeCloseTo(1 - (6 * 8) / 60, 12);
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
    expect(lines[0]).toMatch(/85\.00 ± 7\.07 +\+30\.00 ± 14\.14 +20\.00 to 40\.00$/);
  });

  it('say of each target which source is nearest, which is best, and ρ where there is one', () => {
    const [, , a, b] = tableText(targetTable(TRANSFER)).split('\n');
    expect(a).toMatch(/^a +55\.00 ± 7\.07 +b +d +b +-0\.75 ± 0\.35 +– +1\.00 ± 0\.00 +–$/);
    expect(b).toMatch(/^b +80\.00 ± 0\.00 +a +a +a +– +– +– +–$/);
  });

  it('set each target’s null beside its nearest sources, and mark a distance that is not above it', () => {
    const [, , a, b] = tableText(targetTable(WITH_NULLS)).split('\n');
    expect(a).toMatch(/^a +55\.00 ± 7\.07 +b\* +1\.00 ± 0\.25 +d\* +0\.68 ± 0\.030 +b /);
    expect(b).toMatch(/^b +80\.00 ± 0\.00 +a +– +a +– +a /);
    const pairs = tableText(pairTable(WITH_NULLS)).split('\n').slice(2);
    // Log-det: 1 is not above 1 + 0.25. Fréchet: 0.7 is not above 0.68 + 0.03.
    expect(pairs.map((line) => line.match(/\S\*/g)?.length ?? 0)).toEqual([1, 0, 1, 0]);
    expect(nullNote(WITH_NULLS)).toMatch(/^\* not above the target’s null/);
    expect(nullNote(TRANSFER)).toBeNull();
  });

  it('set distances and trivial predictors side by side, with ρ of each seed', () => {
    const [, , logdet, frechet, ...trivial] = tableText(predictorTable(TRANSFER)).split('\n');
    expect(logdet).toMatch(/^log-det distance, least first .* 2 of 2 +0\.20 /);
    expect(frechet).toMatch(/^Fréchet distance, least first .* 1 of 2 /);
    // These runs do not say how many classes a source has.
    expect(trivial).toEqual([]);
  });

  it('have ρ over the sources of a given target, and how often the first is the best', () => {
    const [head, , logdet] = tableText(givenTargetTable(TRANSFER)).split('\n');
    expect(head).toMatch(/^Sources in the order of +ρ +95 % interval +p +p \(Holm\) +First is best$/);
    // Not every source was fine-tuned on every target here.
    expect(logdet).toMatch(/^log-det distance, least first +– +– +– +– +2 of 2$/);
  });

  it('have a column for each data set where tasks are of several', () => {
    const mixed = transferOf({
      ...TRANSFER,
      tasks: TRANSFER.tasks.map((task, i) => ({ ...task, dataset: i < 3 ? 'MNIST' : 'CIFAR-10' })),
    });
    const [head, , logdet] = tableText(predictorTable(mixed)).split('\n');
    expect(head).toMatch(/ρ within MNIST +p \(Holm\)$/);
    // Between a, b and c distances 1 2 0.5 and gains 0.4 0.2 0 under seed 0; some pairs are missing.
    expect(logdet).toMatch(/0\.50 \(–\) +–$/);
    expect(predictorNote(mixed)).toContain('ρ within one');
    expect(predictorNote(TRANSFER)).not.toContain('ρ within one');
  });

  it('say how often the first source is the best by chance, and that few tasks make wide intervals', () => {
    // Target a has three sources, b one.
    expect(predictorNote(TRANSFER)).toMatch(/4 tasks are few, so it is wide.*for 1\.3 of 2 targets\.$/);
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

describe('an older transfer.json', () => {
  it('is read by what was found, and summed up anew', () => {
    const { predictors: _, verdict: __, ...facts } = TRANSFER;
    const older = { ...facts, all: { logdet: 'as it was', frechet: 'as it was' } };
    expect(transferFileSchema.parse(JSON.parse(JSON.stringify(older)))).toEqual(TRANSFER);
  });
});

describe('the page of a transfer check', () => {
  const page = transferHtml(WITH_NULLS);

  it('is well-formed, and holds verdict, tables and three pictures', () => {
    const text = textOf(parseXml(page.replace('<!doctype html>', '')));
    expect(text).toContain('Does distance predict transfer?');
    for (const sentence of TRANSFER.verdict) expect(text).toContain(sentence);
    expect(text).toContain('log-det distance, least first');
    expect(text).toContain('not above the target’s null');
    expect(page.match(/<figure id="transfer-\w+"/g)).toHaveLength(3);
  });
});

describe('the picture of a transfer check', () => {
  it('has a row for each predictor, and says its figures to those who do not see it', () => {
    const svg = predictorsSvg(TRANSFER);
    expect(labels(parseXml(svg))).toEqual(
      expect.arrayContaining(['log-det distance, least first', 'Fréchet distance, least first']),
    );
    const mean = TRANSFER.predictors[0].spread?.mean.toFixed(2);
    expect(svg).toContain(`log-det distance, least first: ${mean}`);
  });

  it('labels every pair, and names each target with its accuracy from scratch', () => {
    const found = labels(parseXml(transferSvg(TRANSFER, 'logdet')));
    expect(found).toEqual(expect.arrayContaining(['b→a', 'c→a', 'd→a', 'a→b']));
    expect(found).toContain('target a (a <&> rest); dashed: from scratch, 55.00 %');
    expect(found).toContain('Log-det distance from source to target');
  });
});
