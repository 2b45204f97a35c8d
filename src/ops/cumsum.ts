import type { Kernel } from '../../runtime/kernel';
import { kernelFamily } from '../../runtime/kernel-family';
import { fillRegions } from '../../runtime/wgsl/regions';
import { storage } from '../../runtime/wgsl/write';
import source from '../../shaders/cumsum.wgsl';
import { computedAs } from '../tensor/dtype';
import { aWholeNumber, optional } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import type { Kernels } from '../tensor/kernels';
import { scalarAxis, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { constant, randn, sample } from './sample';

const WHOLE = `alias Total = u32;
fn extended(total: Total, term: u32) -> Total { return total + term; }
fn ended(total: Total) -> u32 { return total; }
${storage(1, 'read_write', 'y', 'u32')}
${storage(2, 'read', 'x', 'u32')}
${storage(3, 'read', 'before', 'u32')}`;
const kernelOf = kernelFamily(
  (whole: boolean): Kernel => ({
    name: whole ? 'cumsum.whole' : 'cumsum',
    source: whole ? fillRegions(source, { element: WHOLE }) : source,
  }),
);

/** Rows for which a thread each keeps the machine busy, and a length that one thread walks soon enough. */
const MANY_ROWS = 4096;
const SHORT_ROW = 512;
const LEAST_PART = 64;

/** Sums of the middle axis of x [outer, length, inner], from its first element on or from its last. */
function scan(k: Kernels, x: Tensor, reversed: boolean): Tensor {
  const [outer, length, inner] = x.shape;
  const dtype = computedAs(x.dtype);
  const part =
    outer * inner >= MANY_ROWS || length <= SHORT_ROW
      ? length
      : Math.max(LEAST_PART, Math.ceil(Math.sqrt(length)));
  const parts = Math.ceil(length / part);
  const walk = (y: Tensor, before: Tensor | undefined, constants: Record<string, number>): Tensor => {
    const threads = outer * parts * inner;
    k.run(kernelOf(dtype !== 'f32'), {
      outputs: [y],
      inputs: [x, before ?? x],
      uniforms: { threads, length, inner, parts, part },
      groups: Math.ceil(threads / 64),
      constants: { REVERSED: Number(reversed), ...constants },
    });
    return y;
  };
  const y = k.empty(x.shape, dtype);
  if (!(parts > 1)) return walk(y, undefined, { TOTALS: 0, CONTINUED: 0 });
  using totals = walk(k.empty([outer, parts, inner], dtype), undefined, { TOTALS: 1, CONTINUED: 0 });
  using before = scan(k, totals, reversed);
  return walk(y, before, { TOTALS: 0, CONTINUED: 1 });
}

function along(k: Kernels, x: Tensor, axis: number, reversed: boolean): Tensor {
  if (x.size === 0) return k.empty(x.shape, computedAs(x.dtype));
  const length = x.shape[axis] ?? 1;
  const outer = sizeOf(x.shape.slice(0, axis));
  return scan(k, x.alias([outer, length, x.size / (outer * length)]), reversed).alias(x.shape);
}

type Args = [x: Tensor, axis?: number];

/**
 * Sums of the first 1, 2, 3, … elements along an axis, as torch.cumsum. Each is exact to about 1e-6, however long the
 * row; whole numbers wrap around.
 * @param x any shape, f32, f16, i32 or u32
 * @param axis default: the last
 * @throws ShapeError
 * @example
 * ```ts
 * ops.cumsum(gpu.tensor([1, 2, 3])); // → [1, 3, 6]
 * ```
 * @example
 * ```ts
 * ops.cumsum(gpu.tensor([1, 2, 3])); // → [1, 3, 6]
 * ```
 */
export const cumsum = defineOp({
  name: 'cumsum',
  takes: { x: words, axis: optional(aWholeNumber) },
  parse: (...[x, axis = -1]: Args) => ({
    inputs: [x] as const,
    attrs: { axis: scalarAxis('cumsum', axis, x.shape.length) },
  }),
  shape: ({ inputs: [x] }) => x.shape,
  forward: (k, { inputs: [x], attrs: { axis } }) => along(k, x, axis, false),
  backward: (k, { grad, attrs: { axis } }) => [along(k, grad, axis, true)],
  samples: () => [
    sample<Args>('the last axis by default', randn([3, 5])),
    sample<Args>('a middle axis', randn([2, 4, 3]), 1),
    sample<Args>('a row that is walked in parts', constant(randn([600])), 0),
  ],
});
