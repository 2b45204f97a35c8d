import type { AdapterKind } from '../../runtime/host';
import { checkFloat } from './dtype';
import { type Epilogue, epilogueConstants } from './epilogue';
import { lanesKernel } from './matmul-lanes';
import { type Launch, type Operand, range } from './matmul-operand';
import { registerKernel } from './matmul-register';
import { SHARED_TILES, type SharedTile, sharedKernel } from './matmul-shared';
import { broadcastShapes, broadcastStrides, formatShape, type Shape, ShapeError, sizeOf } from './shape';
import type { Tensor } from './tensor';
import { firstOf, type Way } from './variants';

export interface MatmulOptions {
  /** Reads a as [..., K, M]. */
  readonly transposeA?: boolean;
  /** Reads b as [..., N, K]. */
  readonly transposeB?: boolean;
}

export interface MatmulKernelOptions extends MatmulOptions, Epilogue {
  /** Squares every element of a and b first. */
  readonly squared?: boolean;
  /**
   * Which kernel; default: what was tuned, or the adapter's. 'lanes' is 'register' without subgroups or whole groups of
   * four, and so is 'split' for a short k.
   */
  readonly variant?: MatmulVariant;
}

export const MATMUL_VARIANTS = ['register', 'lanes', 'split', ...SHARED_TILES] as const;
export type MatmulVariant = 'register' | 'lanes' | 'split' | SharedTile;

/** The likeliest first. SwiftShader's shuffles cost more than the loads they save. */
const ORDER: Record<AdapterKind, readonly MatmulVariant[]> = {
  gpu: ['shared64', 'shared128', 'shared32', 'split', 'lanes', 'register'],
  lavapipe: ['lanes', 'register', 'split', 'shared32'],
  swiftshader: ['register', 'lanes', 'split', 'shared32'],
};

/** Steps of k that a part of a split product has at least, and parts at most. */
const LEAST_STEPS = 128;
const MOST_PARTS = 16;
/** Tiles of 64 × 64 below which they are too few for a GPU. */
const FEW_TILES = 32;

interface Problem {
  readonly shape: number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: Shape;
}

/** Shapes of a (batched) product. @throws ShapeError */
export function matmulProblem(
  a: Shape,
  b: Shape,
  { transposeA = false, transposeB = false }: MatmulOptions,
): Problem {
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(
      `matmul: needs at least 2 axes each, got ${formatShape(a)} and ${formatShape(b)}; use reshape`,
    );
  }
  const [m, ka] = transposeA ? [a[a.length - 1], a[a.length - 2]] : [a[a.length - 2], a[a.length - 1]];
  const [kb, n] = transposeB ? [b[b.length - 1], b[b.length - 2]] : [b[b.length - 2], b[b.length - 1]];
  if (ka !== kb) {
    const how = (shape: Shape, transposed: boolean) =>
      `${formatShape(shape)}${transposed ? ' transposed' : ''}`;
    throw new ShapeError(
      `matmul: inner lengths differ, ${ka} in ${how(a, transposeA)} against ${kb} in ${how(b, transposeB)}`,
    );
  }
  const batch = broadcastShapes('matmul', a.slice(0, -2), b.slice(0, -2));
  return { shape: [...batch, m, n], m, n, k: ka, batch };
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
export function matmul(a: Tensor, b: Tensor, options: MatmulKernelOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, bias, relu, squared = false } = options;
  const { shape, m, n, k, batch } = matmulProblem(a.shape, b.shape, options);
  checkFloat('matmul', a, b);
  const aBatch = batchStride(a.shape, batch);
  const bBatch = batchStride(b.shape, batch);
  if (aBatch === undefined || bBatch === undefined) {
    return a.gpu.scope(() => matmul(repeat(a, batch), repeat(b, batch), options));
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
    return waysTo(product, options.variant ? [options.variant, 'register'] : orderOf(product));
  });
}

/** A product as the kernels take it. */
interface Product extends Epilogue {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly operands: readonly [Operand, Operand];
  readonly shape: Shape;
  readonly k: number;
  readonly batches: number;
  readonly squared: boolean;
}

/** A GPU has more room than a few tiles fill: there k is split. */
function orderOf({ a, operands: [rows, columns], batches }: Product): readonly MatmulVariant[] {
  const { kind } = a.gpu.adapter;
  const tiles = Math.ceil(rows.across / 64) * Math.ceil(columns.across / 64) * batches;
  return kind === 'gpu' && tiles < FEW_TILES ? ['split', ...ORDER.gpu] : ORDER[kind];
}

const waysTo = (product: Product, order: readonly MatmulVariant[]): Way<Tensor>[] =>
  order.map((variant) => [variant, () => run(product, variant)]);

function run(product: Product, variant: MatmulVariant): Tensor | undefined {
  if (variant === 'split') return inParts(product);
  const launch = launchOf(product, variant);
  if (!launch) return undefined;
  const { shape, k, batches, bias, squared } = product;
  const { kernel, groups, later = { kernel, steps: k } } = launch;
  const [a, b] = launch.exchanged ? [product.b, product.a] : [product.a, product.b];
  const [rows, columns] = launch.exchanged ? product.operands.toReversed() : product.operands;
  const [m, n] = [rows.across, columns.across];
  const out = a.gpu.empty(shape);
  let from = 0;
  // At least once: where k is 0 there is still the bias to store.
  do {
    const steps = Math.min(later.steps, k - from);
    const isLast = from + steps === k;
    a.gpu.kernels.run(from === 0 ? kernel : later.kernel, {
      outputs: [out],
      inputs: [a, b, bias ?? b],
      uniforms: [
        ...[m, n, steps, batches],
        ...[rows.acrossStep, rows.kStep, rows.batchStep, from * rows.kStep],
        ...[columns.kStep, columns.acrossStep, columns.batchStep, from * columns.kStep],
      ],
      groups,
      flops: 2 * m * n * steps * batches,
      constants: { SQUARED: Number(squared), ...epilogueConstants(isLast ? product : {}) },
    });
    from += later.steps;
  } while (from < k);
  return out;
}

function launchOf(
  { a, operands, k, batches }: Product,
  variant: Exclude<MatmulVariant, 'split'>,
): Launch | undefined {
  switch (variant) {
    case 'register':
      return registerKernel(...operands, k, batches);
    case 'lanes':
      return lanesKernel(...operands, k, batches, a.gpu.runtime.subgroupSize);
    default:
      return sharedKernel(variant, ...operands, k, batches);
  }
}

/**
 * Parts of k by themselves, as if they were a batch, and then their sum in a fixed order; undefined where k is too short
 * to be split into whole groups of four.
 */
function inParts(product: Product): Tensor | undefined {
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
    ...{ operands: [rows, columns], k: steps, batches: parts, bias: undefined, relu: false },
    shape: [parts, rows.across, columns.across],
  };
  const { kernels } = a.gpu;
  const whole = ORDER[a.gpu.adapter.kind].filter((variant) => variant !== 'split');
  const partial = firstOf('matmul', waysTo(part, whole));
  const sum = kernels.reduce('sum', partial, [0]).view(shape);
  partial.dispose();
  const shifted = bias ? 'x + bias' : 'x';
  const finished = kernels.elementwise(relu ? `max_of(${shifted}, 0.0)` : shifted, {
    x: sum,
    ...(bias && { bias }),
  });
  sum.dispose();
  return finished;
}

/** Writes out a broadcast over batch axes that no single stride can express. */
function repeat(x: Tensor, batch: Shape): Tensor {
  const shape = [...batch, ...x.shape.slice(-2)];
  const out = x.gpu.empty(shape);
  const from = { start: 0, strides: broadcastStrides(x.shape, shape) };
  return x.gpu.kernels.copy(x, from, out, { start: 0, strides: broadcastStrides(shape, shape) }, shape);
}
