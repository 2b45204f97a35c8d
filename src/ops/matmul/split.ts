import { type Parts, partsInFours } from '../../tensor/parts';
import { sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { Product } from './operand';

/** Steps of k that a part has at least, and parts at most, where they are to keep an idle machine busy. */
const LEAST_STEPS = 128;
const MOST_PARTS = 16;
/** A product of more steps would lose digits. It falls into parts of as many chains as a chain has steps. */
const LONG_STEPS = 2048;
const EXACT_STEPS = 1024;
/** Numbers that the products of all parts may have together. */
const MOST_RESULTS = 2 ** 24;

/** Parts of k, products of their own, that lose no digits (see shaders/snippets/product.wgsl): a single one where k is not long. */
export function exactParts({ k, shape }: Product): Parts {
  if (k <= LONG_STEPS) return { count: 1, length: k };
  const most = Math.floor(MOST_RESULTS / sizeOf(shape));
  return partsInFours(k, Math.max(1, Math.min(Math.ceil(k / EXACT_STEPS), most)));
}

/** Parts that keep an idle machine busy; undefined where k is too short for them. */
export function busyParts(product: Product): Parts | undefined {
  const { k, batches } = product;
  const exact = exactParts(product);
  const count = Math.min(MOST_PARTS, Math.floor(k / LEAST_STEPS));
  if (batches > 1 || count < 2) return undefined;
  return exact.count > count ? exact : partsInFours(k, count);
}

/** Adds up the products of the parts [batches, parts, m, n] in a fixed order. */
export function addProducts({ a, shape, bias, relu }: Product, partial: Tensor): Tensor {
  const { kernels } = a.gpu;
  const sum = kernels.reduce('sum', partial, [1]).alias(shape);
  if (!bias && !relu) return sum;
  const shifted = bias ? 'x + bias' : 'x';
  const finished = kernels.elementwise(relu ? `max_of(${shifted}, 0.0)` : shifted, {
    x: sum,
    ...(bias && { bias }),
  });
  sum.dispose();
  return finished;
}
