import { describe, expect, test } from 'vitest';
import { cka } from '../../../src/fisher/measures/cka';
import { leep } from '../../../src/fisher/measures/leep';
import { logme } from '../../../src/fisher/measures/logme';
import type { Rows } from '../../../src/fisher/measures/rows';
import { spectrumOf } from '../../../src/fisher/measures/spectrum';
import { TASK_MEASURES } from '../../../src/fisher/measures/table';
import { NO_MATERIALS } from '../../../src/fisher/measures/task-measure';
import { task2vec, task2vecAsymmetric } from '../../../src/fisher/measures/task2vec';
import golden from '../../golden/task-measures.json';

const rowsOf = ({ rows, columns, values }: { rows: number; columns: number; values: number[] }): Rows => ({
  rows,
  columns,
  values: Float64Array.from(values),
});
const matrix = (lists: readonly (readonly number[])[]): Rows =>
  rowsOf({ rows: lists.length, columns: lists[0].length, values: lists.flat() });

describe('the spectrum of a symmetric matrix', () => {
  test.each(golden.spectrum)('spectrumOf › $name it is NumPy’s', ({ matrix, vectors, values, squares }) => {
    const found = spectrumOf(
      rowsOf(matrix),
      vectors.map((vector) => Float64Array.from(vector)),
    );
    const order = [...found.values.keys()].sort((a, b) => found.values[a] - found.values[b]);
    expect(order.map((i) => found.values[i])).toEqual(values.map((value) => expect.closeTo(value, 10)));
    // Eigenvectors of equal eigenvalues may be turned: what they hold together is compared.
    const sums = (own: ArrayLike<number>, at: (i: number) => number) =>
      values.map((value) =>
        values.reduce((sum, other, i) => (Math.abs(other - value) < 1e-9 ? sum + own[at(i)] : sum), 0),
      );
    for (const [v, own] of found.components.entries())
      expect(
        sums(
          own.map((c) => c * c),
          (i) => order[i],
        ),
      ).toEqual(sums(squares[v], (i) => i).map((square) => expect.closeTo(square, 9)));
  });

  test('spectrumOf › it leaves what it is given as it is', () => {
    const given = matrix([
      [2, 1, 0],
      [1, 2, 1],
      [0, 1, 2],
    ]);
    const vector = Float64Array.of(1, 2, 3);
    // Eigenvalues 2 and 2 ± √2.
    expect([...spectrumOf(given, [vector]).values].sort()).toEqual(
      [2 - Math.SQRT2, 2, 2 + Math.SQRT2].map((value) => expect.closeTo(value, 12)),
    );
    expect([...given.values]).toEqual([2, 1, 0, 1, 2, 1, 0, 1, 2]);
    expect([...vector]).toEqual([1, 2, 3]);
  });
});

describe('LogME', () => {
  test.each(golden.logme)('logme › $name: the evidence is the largest that SciPy finds', (given) => {
    const { features, labels } = given;
    const found = logme.of({ features: rowsOf(features), labels: Int32Array.from(labels) });
    expect(found).toBeCloseTo(given.logme, 7);
  });

  test('logme › features that tell the classes have more of it, and a class without samples changes nothing', () => {
    const labels = Int32Array.from({ length: 20 }, (_, n) => 3 * (n % 2));
    const telling = matrix([...labels].map((label) => [label - 1.5, 1]));
    const noise = matrix([...labels].map((_, n) => [Math.cos(3 * n), 1]));
    const few = labels.map((label) => label / 3);
    expect(logme.of({ features: telling, labels })).toBeGreaterThan(
      logme.of({ features: noise, labels }) + 1,
    );
    expect(logme.of({ features: noise, labels: few })).toBe(logme.of({ features: noise, labels }));
  });

  test('logme › features that are all 0 leave the evidence of noise alone', () => {
    // y = 1 for half of the samples: log N(y; 0, σ² = 1/2) / N at its best.
    const features = matrix([[0], [0], [0], [0]]);
    const found = logme.of({ features, labels: Int32Array.of(0, 1, 0, 1) });
    expect(found).toBeCloseTo(-0.5 * Math.log(Math.PI) - 0.5, 12);
  });
});

describe('LEEP', () => {
  test.each(golden.leep)('leep › $name: it is NumPy’s', (given) => {
    const { outputs, labels } = given;
    expect(leep.of({ outputs: rowsOf(outputs), labels: Int32Array.from(labels) })).toBeCloseTo(
      given.leep,
      10,
    );
  });

  test('leep › it is 0 for outputs that tell every label, whatever their names, and the entropy for outputs that tell nothing', () => {
    const labels = Int32Array.of(1, 0, 1, 0);
    const sure = matrix([...labels].map((label) => (label === 0 ? [-99, 99] : [99, -99])));
    expect(leep.of({ outputs: sure, labels })).toBeCloseTo(0, 12);
    const same = matrix([...labels].map(() => [1, 2, 3]));
    expect(leep.of({ outputs: same, labels })).toBeCloseTo(-Math.LN2, 12);
  });
});

describe('CKA', () => {
  test.each(golden.cka)('cka › $name: it is NumPy’s by centring matrices', (given) => {
    const found = cka.of({ features: rowsOf(given.x), targetFeatures: rowsOf(given.y) });
    expect(found).toBeCloseTo(given.cka, 10);
  });

  test('cka › it is 1 for features that are turned, scaled and moved', () => {
    const features = matrix([
      [1, 0],
      [0, 2],
      [3, 1],
      [-1, 1],
    ]);
    const turned = matrix(
      [
        [5, 3],
        [1, 5],
        [7, 9],
        [3, 1],
      ].map(([a, b]) => [a, b]),
    );
    // (x, y) → 2 (−y, x) + (5, 1)
    for (let n = 0; n < 4; n++) {
      turned.values[2 * n] = 5 - 2 * features.values[2 * n + 1];
      turned.values[2 * n + 1] = 1 + 2 * features.values[2 * n];
    }
    expect(cka.of({ features, targetFeatures: turned })).toBeCloseTo(1, 12);
  });
});

describe('Task2Vec', () => {
  test.each(golden.task2vec)('task2vec › $name: both distances are SciPy’s', (given) => {
    const embeddings = {
      sourceEmbedding: Float64Array.from(given.source),
      targetEmbedding: Float64Array.from(given.target),
    };
    expect(task2vec.of(embeddings)).toBeCloseTo(given.symmetric, 12);
    expect(task2vecAsymmetric.of(embeddings)).toBeCloseTo(given.asymmetric, 12);
  });
});

describe('the table of task measures', () => {
  test.each(TASK_MEASURES)('$name › it reads what it says it needs, and nothing else', (record) => {
    const read = new Set<PropertyKey>();
    const looked = new Proxy(
      {
        ...NO_MATERIALS,
        labels: Int32Array.of(0, 1),
        outputs: matrix([
          [1, 0],
          [0, 1],
        ]),
        features: matrix([
          [1, 0],
          [0, 2],
        ]),
        targetFeatures: matrix([
          [1, 1],
          [0, 1],
        ]),
        sourceEmbedding: Float64Array.of(1, 2),
        targetEmbedding: Float64Array.of(2, 1),
      },
      {
        get: (target, key) => {
          read.add(key);
          return Reflect.get(target, key);
        },
      },
    );
    expect(Number.isFinite(record.of(looked))).toBe(true);
    expect([...read].sort()).toEqual([...record.needs].sort());
  });
});
