import type { AdapterKind } from '../../../runtime/host';
import { STRIP_COLUMNS, type Strips } from '../../../runtime/pictures';
import type { Parts } from '../../tensor/parts';
import type { Shape } from '../../tensor/shape';
import { areShown, canBeShown } from '../../tensor/shown';
import type { Tensor } from '../../tensor/tensor';
import { firstOf, type Way } from '../../tensor/variants';
import { epilogueUniforms } from './epilogue';
import { lanesKernel } from './lanes';
import type { Launch, Operand, Product } from './operand';
import { quadsKernel } from './quads';
import { registerKernel } from './register';
import { SHARED_TILES, sharedKernel } from './shared';
import { smallKernel } from './small';
import { addProducts, busyParts, exactParts } from './split';

/*
 * The ways to multiply. Each is a file of this folder, and its shader has its name: shaders/matmul_<way>.wgsl.
 *
 * | way       | wins                                                                                         |
 * | --------- | -------------------------------------------------------------------------------------------- |
 * | register  | wherever the others cannot: a thread keeps a tile of results in its registers                |
 * | quads     | on SwiftShader: four lanes read other rows each, and swap what they have                     |
 * | lanes     | on lavapipe: the lanes of a subgroup hand round what they read                               |
 * | texels    | on lavapipe, for large products: as lanes, of operands that were copied into textures        |
 * | shared    | on GPUs: tiles of 32, 64 or 128 rows and columns go through workgroup memory                 |
 * | small     | on CPU adapters, for what takes less time than a launch: one kernel to compile for all of it  |
 * | split     | where tiles are few: k falls into parts, each done by one of the others                      |
 *
 * Whatever the way, a long k falls into parts, so that the sum keeps its digits: see split.ts.
 */

export const MATMUL_VARIANTS = [
  ...(['small', 'register', 'quads', 'lanes', 'texels', 'split'] as const),
  ...SHARED_TILES,
] as const;
export type MatmulVariant = (typeof MATMUL_VARIANTS)[number];

/** The likeliest first. SwiftShader's shuffles cost more than the loads they save, its swaps in quads next to nothing. */
const ORDER: Record<AdapterKind, readonly MatmulVariant[]> = {
  gpu: ['shared64', 'shared128', 'shared32', 'split', 'lanes', 'register'],
  lavapipe: ['small', 'lanes', 'register', 'quads', 'split', 'shared32'],
  swiftshader: ['small', 'quads', 'register', 'lanes', 'split', 'shared32'],
};

/** Tiles of 64 × 64 below which they are too few for a GPU. */
const FEW_TILES = 32;

/** Ways to a product, the likeliest first, or only the one that is asked for and, where it cannot, 'register'. */
export const waysTo = (product: Product, variant?: MatmulVariant): Way<Tensor>[] =>
  listed(product, variant ? [variant, 'register'] : orderOf(product));

/** A GPU has more room than a few tiles fill: there k is split. */
function orderOf(product: Product): readonly MatmulVariant[] {
  const {
    a,
    b,
    operands: [rows, columns],
    k,
    batches,
  } = product;
  const { kind } = a.gpu.adapter;
  if (areShown(2 * rows.across * columns.across * k * batches, a, b)) return ['texels', ...ORDER[kind]];
  const tiles = Math.ceil(rows.across / 64) * Math.ceil(columns.across / 64) * batches;
  return kind === 'gpu' && tiles < FEW_TILES ? ['split', ...ORDER.gpu] : ORDER[kind];
}

const listed = (product: Product, order: readonly MatmulVariant[]): Way<Tensor>[] =>
  order.map((variant) => [variant, () => run(product, variant)]);

function run(product: Product, variant: MatmulVariant): Tensor | undefined {
  if (variant !== 'split') return multiplyInParts(product, exactParts(product), variant);
  const parts = busyParts(product);
  const whole = ORDER[product.a.gpu.adapter.kind].filter((way) => way !== 'split');
  return (
    parts &&
    firstOf(
      'matmul',
      whole.map((way) => [way, () => multiplyInParts(product, parts, way)]),
    )
  );
}

type Whole = Exclude<MatmulVariant, 'split'>;

/** Parts of k by themselves, and then their sum. */
function multiplyInParts(product: Product, parts: Parts, variant: Whole): Tensor | undefined {
  const launch = launchOf(product, parts, variant);
  if (!launch) return undefined;
  if (parts.count === 1) return multiply(product, parts, launch, product.shape);
  const [rows, columns] = product.operands;
  const shape = [product.batches, parts.count, rows.across, columns.across];
  using partial = multiply({ ...product, bias: undefined, relu: false }, parts, launch, shape);
  return addProducts(product, partial);
}

function multiply(product: Product, parts: Parts, launch: Launch, shape: Shape): Tensor {
  const { k, batches, bias, squared } = product;
  const [a, b] = launch.exchanged ? [product.b, product.a] : [product.a, product.b];
  const [rows, columns] = launch.exchanged ? product.operands.toReversed() : product.operands;
  const [m, n] = [rows.across, columns.across];
  const out = a.gpu.make(shape, 'f32');
  a.gpu.kernels.run(launch.kernel, {
    outputs: [out],
    inputs: [a, b, bias ?? b],
    strips: launch.strips,
    uniforms: {
      m,
      n,
      k,
      batch: batches,
      a_m: rows.acrossStep,
      a_k: kStepOf(rows, launch.strips?.[0]),
      a_batch: rows.batchStep,
      b_k: kStepOf(columns, launch.strips?.[1]),
      b_n: columns.acrossStep,
      b_batch: columns.batchStep,
      parts: parts.count,
      part_k: parts.count === 1 ? k : parts.length,
      ...epilogueUniforms(product),
    },
    groups: launch.groups,
    flops: 2 * m * n * k * batches,
    constants: { SQUARED: Number(squared) },
  });
  return out;
}

/** Numbers from one step of k to the next: in a strip, its width. */
const kStepOf = ({ kStep }: Operand, strips: Strips | undefined): number => (strips ? STRIP_COLUMNS : kStep);

function launchOf({ a, b, operands, k, batches }: Product, parts: Parts, variant: Whole): Launch | undefined {
  const products = batches * parts.count;
  const machine = { batches: products, lanes: a.gpu.runtime.subgroupSize, isSingle: batches === 1 };
  switch (variant) {
    case 'small':
      return smallKernel(...operands, k, products);
    case 'register':
      return registerKernel(...operands, k, products);
    case 'quads':
      return quadsKernel(...operands, k, products, a.gpu.runtime.subgroupSize);
    case 'lanes':
      return lanesKernel(...operands, k, { ...machine, shows: false });
    case 'texels':
      return canBeShown(a, b) ? lanesKernel(...operands, k, { ...machine, shows: true }) : undefined;
    default:
      return sharedKernel(variant, ...operands, k, products);
  }
}
