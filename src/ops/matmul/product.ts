import { checkFloat } from '../../tensor/dtype';
import { broadcastStrides, type Shape, sizeOf } from '../../tensor/shape';
import type { Tensor } from '../../tensor/tensor';
import type { Epilogue } from './epilogue';
import { type MatmulOptions, matmulProblem } from './problem';
import { type MatmulVariant, waysTo } from './ways';

export interface MatmulKernelOptions extends MatmulOptions, Epilogue {
  /** Squares every element of a and b first. */
  readonly squared?: boolean;
  /**
   * Which kernel; default: what was tuned, or the adapter's. 'lanes' is 'register' without subgroups or whole groups of
   * four, and so are 'split' for a short k and 'small' for a large product.
   */
  readonly variant?: MatmulVariant;
}

/** One stride for all batch axes: the operand either has them all or none. */
function batchStride(operand: Shape, batch: Shape): number | undefined {
  const own = operand.slice(0, -2);
  if (sizeOf(own) === 1) return 0;
  return sizeOf(own) === sizeOf(batch)
    ? operand[operand.length - 2] * operand[operand.length - 1]
    : undefined;
}

/** a · b over the last two axes, batch axes broadcast. */
export function multiply(a: Tensor, b: Tensor, options: MatmulKernelOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, bias, relu, squared = false } = options;
  const { shape, m, n, k, batch } = matmulProblem(a.shape, b.shape, options);
  checkFloat('matmul', a, b);
  if (bias) checkFloat('matmul', bias);
  const isOneMatrix = sizeOf(b.shape.slice(0, -2)) === 1;
  if (isOneMatrix && !transposeA && a.shape.length > 2 && sizeOf(batch) === sizeOf(a.shape.slice(0, -2))) {
    // All rows of a at once: one large product keeps a machine busier than many small ones.
    using rows = a.alias([sizeOf(batch) * m, k]);
    using columns = b.alias(b.shape.slice(-2));
    using product = multiply(rows, columns, options);
    return product.alias(shape);
  }
  const aBatch = batchStride(a.shape, batch);
  const bBatch = batchStride(b.shape, batch);
  if (aBatch === undefined || bBatch === undefined) {
    return a.gpu.scope(() => multiply(repeat(a, batch), repeat(b, batch), options));
  }
  const [aWidth, bWidth] = [a.shape[a.shape.length - 1], b.shape[b.shape.length - 1]];
  const batches = sizeOf(batch);
  const [aStrides, bStrides] = [
    transposeA ? [1, aWidth] : [aWidth, 1],
    transposeB ? [1, bWidth] : [bWidth, 1],
  ];
  const operands = [
    { across: m, acrossStep: aStrides[0], kStep: aStrides[1], batchStep: aBatch },
    { across: n, acrossStep: bStrides[1], kStep: bStrides[0], batchStep: bBatch },
  ] as const;
  const sizes = [m, n, k, batches, Number(transposeA), Number(transposeB)];
  return a.gpu.variants.pick('matmul', sizes, [a, b, bias], (a, b, bias) => {
    const product = { a, b, operands, shape, k, batches, bias, relu, squared };
    return waysTo(product, options.variant);
  });
}

/** Writes out a broadcast over batch axes that no single stride can express. */
function repeat(x: Tensor, batch: Shape): Tensor {
  const shape = [...batch, ...x.shape.slice(-2)];
  const out = x.gpu.make(shape, 'f32');
  const from = { start: 0, strides: broadcastStrides(x.shape, shape) };
  return x.gpu.kernels.copy(x, from, out, { start: 0, strides: broadcastStrides(shape, shape) }, shape);
}
