import type { Kernel } from '../../runtime/kernel';
import { kernelFamily } from '../../runtime/kernel-family';
import { fillRegions } from '../../runtime/wgsl/regions';
import blocksSource from '../../shaders/sort_blocks.wgsl';
import mergeSource from '../../shaders/sort_merge.wgsl';
import { computedAs } from '../tensor/dtype';
import type { Kernels } from '../tensor/kernels';
import { sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';

/**
 * Elements that a workgroup sorts at once. SwiftShader writes code for each number of workgroup memory, to clear it: 1024
 * elements took 0.7 s to compile.
 */
const slotsOn = ({ gpu }: Kernels): number => (gpu.adapter.kind === 'swiftshader' ? 128 : 1024);

interface BlocksForm {
  readonly element: 'f32' | 'i32' | 'u32';
  /** Whether blocks are to be merged. */
  readonly inParts: boolean;
}

const WHOLE_ELEMENTS = {
  i32: 'bitcast<u32>(x[at]) ^ 0x80000000u',
  u32: 'x[at]',
};
const PAIRS = '@group(0) @binding(1) var<storage, read_write> merged: array<vec2<u32>>;';
const blocksKernel = kernelFamily(
  ({ element, inParts }: BlocksForm): Kernel => ({
    name: `sort.blocks${element === 'f32' ? '' : `.${element}`}${inParts ? '.parts' : ''}`,
    source: fillRegions(blocksSource, {
      ...(element !== 'f32' && {
        element: `@group(0) @binding(2) var<storage, read> x: array<${element}>;
fn key_at(at: u32) -> u32 { return ${WHOLE_ELEMENTS[element]}; }`,
      }),
      ...(inParts && {
        result: `${PAIRS}
fn keep(row: u32, at: u32, key: u32, place: u32) { merged[row * params.length + at] = vec2<u32>(key, place); }`,
      }),
    }),
  }),
);
const mergeKernel = kernelFamily(
  (isLast: boolean): Kernel => ({
    name: isLast ? 'sort.merge.last' : 'sort.merge',
    source: isLast
      ? mergeSource
      : fillRegions(mergeSource, {
          result: `${PAIRS}
fn keep(row: u32, at: u32, pair: vec2<u32>) { merged[row * params.length + at] = pair; }`,
        }),
  }),
);

/**
 * The places of x's elements along an axis in ascending or descending order; equal ones keep theirs. NaN is above all,
 * −0 is 0. Longer rows than a workgroup has slots are sorted in blocks, which are merged by bisection (Satish, Harris &
 * Garland 2009).
 * @returns i32 of x's shape
 */
export function sortedPlaces(k: Kernels, x: Tensor, axis: number, descending: boolean): Tensor {
  const length = x.shape[axis];
  const inner = sizeOf(x.shape.slice(axis + 1));
  const order = k.empty(x.shape, 'i32');
  if (x.size === 0) return order;
  const rows = x.size / length;
  const slots = slotsOn(k);
  const span = Math.min(slots, 2 ** Math.max(1, Math.ceil(Math.log2(length))));
  const inParts = length > slots;
  const perRow = Math.ceil(length / span);
  const element = computedAs(x.dtype);
  if (element === 'u8') throw new TypeError('sort: images have no order');
  const makePairs = () => k.empty([rows, length, 2], 'u32');
  let pairs = inParts ? makePairs() : undefined;
  k.run(blocksKernel({ element, inParts }), {
    outputs: [pairs ?? order],
    inputs: [x],
    uniforms: { blocks: rows * perRow, per_row: perRow, span, length, inner },
    groups: Math.ceil((rows * perRow * span) / slots),
    constants: { DESCENDING: Number(descending), SLOTS: slots, THREADS: slots / 4 },
  });
  for (let run = slots; pairs; run *= 2) {
    const isLast = 2 * run >= length;
    const merged = isLast ? undefined : makePairs();
    k.run(mergeKernel(isLast), {
      outputs: [merged ?? order],
      inputs: [pairs],
      uniforms: { count: x.size, length, inner, run },
      groups: Math.ceil(x.size / 64),
    });
    pairs.dispose();
    pairs = merged;
  }
  return order;
}
