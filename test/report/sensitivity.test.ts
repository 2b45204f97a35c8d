import { describe, expect, it } from 'vitest';
import { closestOverEpsilon, closestSpans } from '../../src/report/closest-over-epsilon';
import type { Distance } from '../../src/report/results';
import { sensitivitySvg } from '../../src/report/sensitivity';
import { all, labels, parseXml } from './xml';

const EPSILONS = [1e-4, 1e-6, 1e-8, 1e-10];
/** Sources of two: to task a always b; to b first a, then c, then a again. */
const CLOSEST = [
  ['b', 'a', 'a'],
  ['b', 'c', 'a'],
  ['b', 'c', 'a'],
  ['b', 'a', 'a'],
];
const over = (
  null_: { mean: number; sd: number } | null,
): Pick<Distance, 'tasks' | 'epsilon' | 'overEpsilon'> => ({
  tasks: ['a', 'b', 'c'],
  epsilon: 1e-8,
  overEpsilon: EPSILONS.map((epsilon, i) => {
    const mean = [0, 1, 2].map((s) =>
      [0, 1, 2].map((t) => (s === t ? 0 : (i + 1) * (1 + ((s + 2 * t) % 3)))),
    );
    const closest = CLOSEST[i].map((closest, t) => ({ task: 'abc'[t], closest, distance: 1 }));
    return { epsilon, logdet: { mean, sd: mean, closest }, nulls: [null_, null_, null_] };
  }),
});
const NAMES = ['zero', 'six', 'ten'];

describe('the closest task over ε', () => {
  it('is told in spans from the largest ε to the smallest, in whichever order they came', () => {
    const { overEpsilon } = over(null);
    const expected = [
      { closest: 'a', from: 1e-4, to: 1e-4 },
      { closest: 'c', from: 1e-6, to: 1e-8 },
      { closest: 'a', from: 1e-10, to: 1e-10 },
    ];
    expect(closestSpans({ overEpsilon }, 1)).toEqual(expected);
    expect(closestSpans({ overEpsilon: [...overEpsilon].reverse() }, 1)).toEqual(expected);
  });

  it('is a line a target, with the tasks’ names', () => {
    const { rows } = closestOverEpsilon(over(null), (id) => NAMES['abc'.indexOf(id)]);
    expect(rows).toEqual([
      ['zero', 'six (1e-4 to 1e-10)'],
      ['six', 'zero (1e-4), ten (1e-6 to 1e-8), zero (1e-10)'],
      ['ten', 'zero (1e-4 to 1e-10)'],
    ]);
  });
});

describe('the picture of distances over ε', () => {
  const drawn = (itself: { mean: number; sd: number } | null) =>
    parseXml(sensitivitySvg(over(itself), NAMES));

  it('has a plot for each target and names every source', () => {
    const found = labels(drawn(null));
    for (const name of NAMES) {
      expect(found).toContain(`to ${name}`);
      expect(found).toContain(name);
    }
    for (const tick of ['1e-10', '1e-4']) expect(found.filter((text) => text === tick)).toHaveLength(3);
  });

  it('marks the closest source at each ε, and no other', () => {
    // 3 targets × 4 ε; what is not filled is a line.
    const marks = all(drawn(null), 'path').filter(
      ({ attributes }) => attributes.has('ecmeta_data_index') && attributes.get('fill') !== 'none',
    );
    expect(marks).toHaveLength(12);
  });

  it('draws the null where there is one, and names it', () => {
    const name = 'the target itself, other first weights';
    expect(labels(drawn({ mean: 2, sd: 0.1 }))).toContain(name);
    expect(labels(drawn(null))).not.toContain(name);
  });

  it('takes a single ε, and distances of 0, which a logarithmic axis has no place for', () => {
    const { overEpsilon, ...rest } = over(null);
    const [first] = overEpsilon;
    const flat = {
      ...first,
      logdet: { ...first.logdet, mean: first.logdet.mean.map((row) => row.map(() => 0)) },
    };
    const svg = sensitivitySvg({ ...rest, overEpsilon: [flat] }, NAMES);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
