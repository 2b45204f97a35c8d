import { taskMeasure } from './task-measure';

const SOURCE = 'Achille et al. 2019, arXiv:1902.03545';
/** Weight of the source's complexity in the asymmetric distance; the paper's. */
const ALPHA = 0.15;

/** d_sym = d_cos(F_s / (F_s + F_t), F_t / (F_s + F_t)), elementwise quotients, 0 where both are. */
export const task2vec = taskMeasure({
  name: 'task2vec',
  title: 'Task2Vec',
  first: 'least',
  source: SOURCE,
  needs: ['sourceEmbedding', 'targetEmbedding'],
  of: ({ sourceEmbedding, targetEmbedding }) => symmetric(sourceEmbedding, (i) => targetEmbedding[i]),
});

/**
 * d_asym(s → t) = d_sym(s, t) − 0.15 d_sym(s, 0). The trivial task 0 leaves every weight at its prior, so that all its
 * filters have one Fisher. The paper does not say how large that is: here it is the mean of the source's.
 */
export const task2vecAsymmetric = taskMeasure({
  name: 'task2vec-asymmetric',
  title: 'Task2Vec, asymmetric',
  first: 'least',
  source: SOURCE,
  needs: ['sourceEmbedding', 'targetEmbedding'],
  of: ({ sourceEmbedding, targetEmbedding }) => {
    const trivial = sourceEmbedding.reduce((sum, value) => sum + value, 0) / sourceEmbedding.length;
    return (
      symmetric(sourceEmbedding, (i) => targetEmbedding[i]) -
      ALPHA * symmetric(sourceEmbedding, () => trivial)
    );
  },
});

function symmetric(a: Float64Array, b: (i: number) => number): number {
  let [aa, ab, bb] = [0, 0, 0];
  for (const [i, own] of a.entries()) {
    const other = b(i);
    const sum = own + other;
    if (sum === 0) continue;
    aa += (own / sum) ** 2;
    ab += (own / sum) * (other / sum);
    bb += (other / sum) ** 2;
  }
  return 1 - ab / Math.sqrt(aa * bb);
}
