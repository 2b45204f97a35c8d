import { centred, dot, products, type Rows, transposed } from './rows';
import { taskMeasure } from './task-measure';

/**
 * Linear centred kernel alignment of what two networks see in the same samples: ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) in the Frobenius
 * norm, X and Y [N, D] with centred columns. 0 to 1; 1 where they differ by a rotation and a factor alone. NaN where
 * one of them sees the same in all samples.
 */
export const cka = taskMeasure({
  name: 'cka',
  title: 'CKA of features',
  first: 'most',
  source: 'Kornblith, Norouzi, Lee and Hinton 2019, arXiv:1905.00414',
  needs: ['features', 'targetFeatures'],
  of: ({ features, targetFeatures }) => {
    const [x, y] = [centred(features), centred(targetFeatures)];
    return alignment(x, y) / Math.sqrt(alignment(x, x) * alignment(y, y));
  },
});

/** ‖YᵀX‖² = Σ (XXᵀ)(YYᵀ), by whichever takes fewer products. */
function alignment(x: Rows, y: Rows): number {
  if (x.columns * y.columns <= x.rows * (x.columns + y.columns)) {
    const { values } = products(transposed(x), transposed(y));
    return dot(values, values);
  }
  return dot(products(x, x).values, products(y, y).values);
}
