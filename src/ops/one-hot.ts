import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { indices, sample } from './sample';

type Args = [labels: Tensor, classes: number];

/**
 * 1 at the label and 0 elsewhere, f32, without a gradient; a label outside [0, classes) gives zeros alone.
 * @param labels any shape, i32
 * @returns [...labels, classes]
 * @throws ShapeError
 */
export const oneHot = defineOp({
  name: 'oneHot',
  parse: (...[labels, classes]: Args) => ({ inputs: [labels] as const, attrs: { classes } }),
  shape: ({ inputs: [labels], attrs: { classes } }) => {
    if (labels.dtype !== 'i32') {
      throw new ShapeError(`oneHot: labels must be i32 class numbers, got ${labels}; use an Int32Array`);
    }
    if (!Number.isInteger(classes) || classes < 1) {
      throw new ShapeError(
        `oneHot: classes is ${classes} for labels ${formatShape(labels.shape)}, expected a whole number of at least 1`,
      );
    }
    return [...labels.shape, classes];
  },
  forward: (k, { inputs: [labels], attrs: { classes } }) => {
    using column = labels.view([...labels.shape, 1]);
    using numbers = k.gpu.arange(classes, { dtype: 'i32' });
    return k.elementwise('select(0.0, 1.0, label == c)', { label: column, c: numbers });
  },
  samples: () => [
    sample<Args>('a list of labels', indices([5], 4), 4),
    sample<Args>('two axes of labels', indices([2, 3], 7), 7),
    sample<Args>('one class', indices([3], 1), 1),
  ],
});
