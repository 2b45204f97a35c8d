import type { Kernels } from '../../tensor/kernels';
import { type Shape, sameShape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { Epilogue } from '../matmul/epilogue';
import { multiply } from '../matmul/product';
import type { Geometry } from './geometry';

/** Elements of the products of all samples together, beyond which their sum is not worth the memory. */
const MOST_PARTIAL = 1 << 23;

/** Channels on either side, below which a product is too narrow to pay. */
const LEAST_CHANNELS = 16;

/** Whether a convolution is best done as a matrix product in each image: one tap, every pixel met once, many channels. */
export function isPointwise(
  x: Shape,
  weight: Shape,
  out: Shape,
  { stride, padding, groups }: Geometry,
): boolean {
  return (
    groups === 1 &&
    Math.min(weight[0], weight[1]) >= LEAST_CHANNELS &&
    sizeOf(weight.slice(2)) === 1 &&
    [...stride].every((step) => step === 1) &&
    [...padding].every((zeros) => zeros === 0) &&
    sameShape(x.slice(2), out.slice(2)) &&
    sizeOf(x.slice(2)) % 4 === 0
  );
}

const asMatrices = (x: Tensor): Tensor => x.alias([x.shape[0], x.shape[1], sizeOf(x.shape.slice(2))]);
const asMatrix = (weight: Tensor): Tensor => weight.alias([1, weight.shape[0], weight.shape[1]]);

/** weight · x in each image, without a bias: that of a product goes along its columns. */
export const convolvePixels = (x: Tensor, weight: Tensor, shape: Shape, { relu }: Epilogue): Tensor =>
  multiply(asMatrix(weight), asMatrices(x), { relu }).alias(shape);

/** weightᵀ · grad in each image; the weight is transposed first, since the products read its rows many times. */
export function pixelGradient(k: Kernels, grad: Tensor, weight: Tensor, shape: Shape): Tensor {
  const transposed = k.permute(asMatrix(weight), [0, 2, 1]);
  const result = multiply(transposed, asMatrices(grad)).alias(shape);
  transposed.dispose();
  return result;
}

/** Σ grad · xᵀ over the images; undefined where the products to be summed would take too much memory. */
export function pointwiseWeightGradient(
  k: Kernels,
  grad: Tensor,
  x: Tensor,
  shape: Shape,
): Tensor | undefined {
  if (x.shape[0] * sizeOf(shape) > MOST_PARTIAL) return undefined;
  const products = multiply(asMatrices(grad), asMatrices(x), { transposeB: true });
  return k.reduce('sum', products, [0]).alias(shape);
}
