import { describe, expect, it } from 'vitest';
import { sharesOf } from '../../src/nas/shares';
import { alphaSvg, candidateLanes } from '../../src/report/alpha';
import type { Search } from '../../src/report/results';
import { results } from './fixture';
import { curves, labels, parseXml } from './xml';

const [taskAware] = results.search as [Search];

describe('α over time', () => {
  it('draws a line per candidate and round, and names every round', () => {
    const svg = parseXml(alphaSvg(taskAware));
    expect(curves(svg)).toHaveLength(9);
    expect(labels(svg)).toEqual(
      expect.arrayContaining(['round 1', 'round 2', 'round 3', 'softmax(α)', 'candidate 3']),
    );
  });

  it('draws the winner of each round thicker than the rest', () => {
    const widths = curves(parseXml(alphaSvg(taskAware))).map(({ attributes }) =>
      Number(attributes.get('stroke-width')),
    );
    const widest = Math.max(...widths);
    expect(widths.filter((width) => width === widest)).toHaveLength(3);
  });

  it('still reads with ten rounds of twenty stages: a number at the end of each round', () => {
    const [round] = taskAware.rounds;
    if (!round) throw new Error('the fixture has no round');
    const rounds = Array.from({ length: 10 }, (_, index) => ({
      ...round,
      round: index + 1,
      stages: Array.from({ length: 20 }, (_, stage) => ({
        stage: stage + 1,
        alpha: [0.01 * stage, 0, 0],
        trainLoss: 1,
        validationLoss: 1,
      })),
    }));
    const found = labels(parseXml(alphaSvg({ ...taskAware, rounds })));
    expect(found.filter((label) => label === '20')).toHaveLength(10);
    expect(found.filter((label) => /^R\d+$/.test(label))).toHaveLength(10);
    expect(found).not.toContain('19');
  });

  it('keeps the lane of a survivor wherever it stands in the next round', () => {
    const [round] = taskAware.rounds;
    if (!round) throw new Error('the fixture has no round');
    const cell = (hash: string) => ({ ...taskAware.winner, hash });
    const rounds = [
      { ...round, candidates: ['a', 'b', 'c'].map(cell) },
      { ...round, candidates: ['c', 'd', 'e'].map(cell) },
      { ...round, candidates: ['f', 'e', 'g'].map(cell) },
    ];
    expect(candidateLanes(rounds)).toEqual([
      [0, 1, 2],
      [2, 0, 1],
      [0, 1, 2],
    ]);
  });

  it('turns logits into weights that sum to 1, large ones too', () => {
    expect(sharesOf([0, 0])).toEqual([0.5, 0.5]);
    expect(sharesOf([Math.log(3), 0])[0]).toBeCloseTo(0.75, 12);
    expect(sharesOf([1000, 0, -1000])).toEqual([1, 0, 0]);
  });
});
