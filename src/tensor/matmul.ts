import type { AdapterKind } from '../../runtime/host';
import type { Kernel } from '../../runtime/kernel';
import sharedSource from '../../shaders/matmul_shared.wgsl';
import { checkFloat } from './dtype';
import { lanesKernel } from './matmul-lanes';
import { registerKernel } from './matmul-register';
import { broadcastShapes, broadcastStrides, formatShape, type Shape, ShapeError, sizeOf } from './shape';
import type { Tensor } from './tensor';

export interface MatmulOptions {
  /** Reads a as [..., K, M]. */
  readonly transposeA?: boolean;
  /** Reads b as [..., N, K]. */
  readonly transposeB?: boolean;
}

export interface MatmulKernelOptions extends MatmulOptions {
  /** [N], added to every row. */
  readonly bias?: Tensor;
  /** Squares every element of a and b first. */
  readonly squared?: boolean;
  /** Which kernel; default: what was tuned, or the adapter's. 'lanes' is 'register' without subgroups or whole groups of four. */
  readonly variant?: MatmulVariant;
}

export const MATMUL_VARIANTS = ['register', 'lanes', 'shared'] as const;
export type MatmulVariant = (typeof MATMUL_VARIANTS)[number];

/** The likeliest first. SwiftShader's shuffles cost more than the loads they save. */
const ORDER: Record<AdapterKind, readonly MatmulVariant[]> = {
  gpu: ['shared', 'register', 'lanes'],
  lavapipe: ['lanes', 'register', 'shared'],
  swiftshader: ['register', 'lanes', 'shared'],
};

interface Launch {
  readonly kernel: Kernel;
  readonly groups: number;
}

const shared: Kernel = { name: 'matmul.shared', source: sharedSource };
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
  const { transposeA = false, transposeB = false, bias, squared = false } = options;
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
  const { kernels, variants, adapter, runtime } = a.gpu;
  const launches: Record<MatmulVariant, () => Launch | undefined> = {
    register: () => registerKernel(...operands, k, batches),
    lanes: () => lanesKernel(...operands, k, batches, runtime.subgroupSize),
    shared: () => ({ kernel: shared, groups: Math.ceil(m / 64) * Math.ceil(n / 64) * batches }),
  };
  const run = (variant: MatmulVariant): Tensor | undefined => {
    const launch = launches[variant]();
    if (!launch) return undefined;
    const out = a.gpu.empty(shape);
    kernels.run(launch.kernel, {
      outputs: [out],
      inputs: [a, b, bias ?? b],
      uniforms: [m, n, k, batches, ...aStrides, aBatch, 0, ...bStrides, bBatch, 0],
      groups: launch.groups,
      flops: 2 * m * n * k * batches,
      constants: { SQUARED: Number(squared), BIASED: Number(bias !== undefined) },
    });
    return out;
  };
  const order = options.variant ? [options.variant, 'register' as const] : ORDER[adapter.kind];
  return variants.pick(
    'matmul',
    [m, n, k, batches, Number(transposeA), Number(transposeB)],
    order.map((variant) => [variant, () => run(variant)] as const),
  );
}

/** Writes out a broadcast over batch axes that no single stride can express. */
function repeat(x: Tensor, batch: Shape): Tensor {
  const shape = [...batch, ...x.shape.slice(-2)];
  const out = x.gpu.empty(shape);
  const from = { start: 0, strides: broadcastStrides(x.shape, shape) };
  return x.gpu.kernels.copy(x, from, out, { start: 0, strides: broadcastStrides(shape, shape) }, shape);
}
