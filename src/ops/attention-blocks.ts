import type { Kernels } from '../tensor/kernels';
import { broadcastStrides, type Shape, sizeOf, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { type Attended, type Inputs, repeated, type Setting } from './attention-kernels';
import { multiply } from './matmul/product';
import { placesOf } from './places';

/*
 * Attention a block of queries at a time, by products of matrices: the way of CPUs, whose products are tuned. A block's scores are
 * all that is laid out of them.
 */

/** Scores of a block, and queries that it has at least. */
const BLOCK_SCORES = 2 ** 16;
const LEAST_QUERIES = 64;
/** What hidden scores become, and from where on a score is hidden. */
const HIDDEN = '-3.0e38';
const IS_HIDDEN = 's <= -2.0e38';

/** Whole batches, or some queries of one. */
interface Block {
  readonly batches: readonly [from: number, to: number];
  readonly queries: readonly [from: number, to: number];
}

function* blocksOf(batches: number, queries: number, keys: number): Generator<Block> {
  const whole = Math.floor(BLOCK_SCORES / Math.max(1, queries * keys));
  const rows = whole > 0 ? queries : Math.max(LEAST_QUERIES, Math.floor(BLOCK_SCORES / keys));
  for (let b = 0; b < batches; b += Math.max(1, whole))
    for (let l = 0; l < queries; l += rows)
      yield {
        batches: [b, Math.min(batches, b + Math.max(1, whole))],
        queries: [l, Math.min(queries, l + rows)],
      };
}

/** Where a part of [B, rows, features] lies. */
function walkOf(shape: Shape, { batches }: Block, [from, to]: readonly [from: number, to: number]) {
  const strides = stridesOf(shape);
  return {
    start: batches[0] * strides[0] + from * strides[1],
    strides,
    box: [batches[1] - batches[0], to - from, shape[2]],
  };
}

const allRows = (x: Tensor): readonly [number, number] => [0, x.shape[1]];

/** A part of x [B, rows, features]; without a copy where it is all of it. */
function taken(k: Kernels, x: Tensor, block: Block, rows = allRows(x)): Tensor {
  const { start, strides, box } = walkOf(x.shape, block, rows);
  if (sizeOf(box) === x.size) return x.alias(box);
  return k.copy(x, { start, strides }, k.empty(box), { start: 0, strides: stridesOf(box) }, box);
}

function put(k: Kernels, part: Tensor, into: Tensor, block: Block, rows = allRows(into)): void {
  const { start, strides, box } = walkOf(into.shape, block, rows);
  k.copy(part, { start: 0, strides: stridesOf(box) }, into, { start, strides }, box);
}

/** The part of a mask that one batch's queries have, or all of a mask that has no batches; its axes may be 1 long. */
function maskOf(k: Kernels, { mask, batch }: Setting, block: Block): Tensor | undefined {
  if (!mask) return undefined;
  const shape: Shape = [...new Array<number>(Math.max(0, 2 - mask.shape.length)).fill(1), ...mask.shape];
  const [rows, columns] = shape.slice(-2);
  const [from, to] = rows === 1 ? [0, 1] : block.queries;
  const box = [to - from, columns];
  if (sizeOf(box) === mask.size) return mask.alias(box);
  const steps = broadcastStrides(shape.slice(0, -2), batch);
  let [rest, start] = [block.batches[0], 0];
  for (let axis = batch.length - 1; axis >= 0; axis--) {
    start += (rest % batch[axis]) * steps[axis];
    rest = Math.floor(rest / batch[axis]);
  }
  const walk = { start: (start * rows + from) * columns, strides: [columns, 1] };
  const out = k.empty(box, mask.dtype === 'i32' ? 'i32' : 'f32');
  return k.copy(mask, walk, out, { start: 0, strides: stridesOf(box) }, box);
}

/** Scores of a block of queries, HIDDEN where a key is not seen. */
function scoresOf(k: Kernels, q: Tensor, keys: Tensor, setting: Setting, block: Block): Tensor {
  const { scale, causal } = setting;
  const product = multiply(q, keys, { transposeB: true });
  const mask = maskOf(k, setting, block);
  const isAdded = mask && mask.dtype !== 'i32';
  const hidden: string[] = [];
  if (isAdded) hidden.push('(bitcast<u32>(mask) == 0xff800000u)');
  else if (mask) hidden.push('(mask == 0)');
  if (causal) hidden.push('(column > row + i32(first))');
  const value = isAdded ? 'product * scale + mask' : 'product * scale';
  const [, rows, columns] = product.shape;
  const places = causal && {
    row: placesOf(k, rows).alias([rows, 1]),
    column: placesOf(k, columns),
  };
  return k.elementwise(
    hidden.length > 0 ? `select(${value}, ${HIDDEN}, ${hidden.join(' | ')})` : value,
    { product, ...(mask && { mask }), ...places },
    { scalars: { scale, ...(causal && { first: block.queries[0] }) } },
  );
}

/** Whether blocks can do it: masks of several batches in one block, and what draws numbers, are for the other way. */
function canDo({ mask, dropping, batch }: Setting, [q, keys]: Inputs): boolean {
  const [queries, columns] = [q, keys].map(({ shape }) => shape[shape.length - 2]);
  const isLarge = queries * columns > BLOCK_SCORES || sizeOf(batch) === 1;
  const hasBatches = mask !== undefined && sizeOf(mask.shape.slice(0, -2)) > 1;
  return !dropping && columns > 0 && (!hasBatches || isLarge);
}

/** As `attend`, or undefined. */
export function attendInBlocks(
  k: Kernels,
  inputs: Inputs,
  setting: Setting,
): { output: Tensor; lse: Tensor } | undefined {
  if (!canDo(setting, inputs)) return undefined;
  const { batch } = setting;
  const [q, keys, v] = inputs.map((x) => repeated(k, x, batch));
  const [batches, queries] = q.shape;
  const out = k.empty([batches, queries, v.shape[2]]);
  const lse = k.empty([batches, queries, 1]);
  for (const block of blocksOf(batches, queries, keys.shape[1])) {
    k.gpu.scope(() => {
      const s = scoresOf(k, taken(k, q, block, block.queries), taken(k, keys, block), setting, block);
      const highest = k.reduce('max', s, [2], true);
      const p = k.elementwise(`select(exp_of(s - highest), 0.0, ${IS_HIDDEN})`, { s, highest });
      const total = k.reduce('sum', p, [2], true);
      const sums = multiply(p, taken(k, v, block));
      const own = k.elementwise('select(sums / total, 0.0, total == 0.0)', { sums, total });
      put(k, own, out, block, block.queries);
      const logs = k.elementwise('select(highest + log_of(total), 3.0e38, total == 0.0)', { highest, total });
      put(k, logs, lse, block, block.queries);
    });
  }
  const shape = [...batch, queries, v.shape[2]];
  return { output: out.alias(shape), lse: lse.alias([batches, queries]) };
}

/** As `attentionGradients`, or undefined. */
export function blockGradients(
  k: Kernels,
  { inputs, grad, output, lse }: Attended,
  setting: Setting,
  needs: readonly boolean[],
): (Tensor | undefined)[] | undefined {
  if (needs[3] || !canDo(setting, inputs)) return undefined;
  const { batch, scale } = setting;
  const [q, keys, v] = inputs.map((x) => repeated(k, x, batch));
  const g = repeated(k, grad, batch);
  const [batches, queries] = q.shape;
  const products = k.elementwise('g * y', { g, y: output.alias(g.shape) });
  const delta = k.reduce('sum', products, [2], true);
  const logs = lse.alias(delta.shape);
  const [dq, dk, dv] = [q, keys, v].map((x) => k.empty(x.shape));
  /** What the blocks of a batch gave so far. */
  let sums: { readonly dk?: Tensor; readonly dv?: Tensor } = {};
  const added = (before: Tensor | undefined, part: Tensor) =>
    before ? k.elementwise('before + part', { before, part }) : part;
  for (const block of blocksOf(batches, queries, keys.shape[1])) {
    const before = block.queries[0] === 0 ? {} : sums;
    const isLast = block.queries[1] === queries;
    sums = k.gpu.scope(() => {
      const rows = block.queries;
      const [ownQ, ownK, ownG] = [taken(k, q, block, rows), taken(k, keys, block), taken(k, g, block, rows)];
      const s = scoresOf(k, ownQ, ownK, setting, block);
      const p = k.elementwise(`select(exp_of(s - own), 0.0, ${IS_HIDDEN})`, {
        s,
        own: taken(k, logs, block, rows),
      });
      const slopes = multiply(ownG, taken(k, v, block), { transposeB: true });
      const mean = taken(k, delta, block, rows);
      const d = k.elementwise('p * (slopes - mean) * scale', { p, slopes, mean }, { scalars: { scale } });
      if (needs[0]) put(k, multiply(d, ownK), dq, block, rows);
      const all = {
        ...(needs[1] && { dk: added(before.dk, multiply(d, ownQ, { transposeA: true })) }),
        ...(needs[2] && { dv: added(before.dv, multiply(p, ownG, { transposeA: true })) }),
      };
      if (!isLast) return all;
      if (all.dk) put(k, all.dk, dk, block);
      if (all.dv) put(k, all.dv, dv, block);
      return {};
    });
    before.dk?.dispose();
    before.dv?.dispose();
  }
  return [dq, dk, dv].map((x, i) => {
    const { shape } = inputs[i];
    return needs[i] ? k.sumTo(x.alias([...batch, ...shape.slice(-2)]), shape) : undefined;
  });
}
