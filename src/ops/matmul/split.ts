import { range } from '../../../runtime/wgsl/write';
import type { Tensor } from '../../tensor/tensor';
import type { Product } from './operand';

/** Steps of k that a part of a split product has at least, and parts at most. */
const LEAST_STEPS = 128;
const MOST_PARTS = 16;

/**
 * Parts of k by themselves, as if they were a batch, and then their sum in a fixed order; undefined where k is too short
 * to be split into whole groups of four.
 */
export function splitProduct(
  product: Product,
  multiplyWhole: (product: Product) => Tensor,
): Tensor | undefined {
  const { a, k, batches, bias, relu, shape } = product;
  const parts = range(MOST_PARTS + 1).findLast(
    (count) => count > 1 && k % (4 * count) === 0 && k / count >= LEAST_STEPS,
  );
  if (parts === undefined || batches > 1) return undefined;
  const steps = k / parts;
  const [rows, columns] = product.operands.map((operand) => ({
    ...operand,
    batchStep: steps * operand.kStep,
  }));
  const part: Product = {
    ...product,
    operands: [rows, columns],
    k: steps,
    batches: parts,
    bias: undefined,
    relu: false,
    shape: [parts, rows.across, columns.across],
  };
  const { kernels } = a.gpu;
  const partial = multiplyWhole(part);
  const sum = kernels.reduce('sum', partial, [0]).alias(shape);
  partial.dispose();
  const shifted = bias ? 'x + bias' : 'x';
  const finished = kernels.elementwise(relu ? `max_of(${shifted}, 0.0)` : shifted, {
    x: sum,
    ...(bias && { bias }),
  });
  sum.dispose();
  return finished;
}
