import { checkAll } from '../tensor/guard';
import { formatShape, ShapeError } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { aFisher } from './guard';

export const HEAD_RULES = ['matched', 'none', 'padded'] as const;
/**
 * What is done about heads, whose rows stand for the classes of different tasks. 'matched': the source's rows are put in
 * the order of the target's classes, see `matchHead`. 'none': heads are left out. 'padded': rows are taken in the order of
 * the labels, and the smaller head goes on with zeros, as in the program of arXiv:2103.00241.
 */
export type HeadRule = (typeof HEAD_RULES)[number];

/** One named tensor of two Fishers. Where the sizes differ, the smaller one goes on with zeros. */
export interface Pair {
  readonly name: string;
  readonly source: Tensor;
  readonly target: Tensor;
  /** Number of values, padding included. */
  readonly size: number;
}

const prefixOf = (name: string): string => name.slice(0, name.lastIndexOf('.') + 1);

/** Prefix of the head's names: that of the last name, up to the last dot. */
export const headOf = (F: ReadonlyMap<string, Tensor>): string => prefixOf([...F.keys()].at(-1) ?? '');

export const isOf = (head: string, name: string): boolean => prefixOf(name) === head;

/**
 * A Fisher without the head, which is all tensors that share the prefix up to the last dot of the last name.
 * @returns the other tensors, the very same; none for a network of one layer
 * @example
 * ```ts
 * const F = new Map([
 *   ['0.weight', gpu.ones([8, 4])],
 *   ['2.weight', gpu.ones([3, 8])],
 *   ['2.bias', gpu.ones([3])],
 * ]);
 * [...fisher.withoutHead(F).keys()]; // → ['0.weight']
 * ```
 */
export function withoutHead(F: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  checkAll('withoutHead', { F: [F, aFisher] });
  const head = headOf(F);
  return new Map([...F].filter(([name]) => !isOf(head, name)));
}

/**
 * Puts two Fishers side by side, name by name. The head, which is all tensors that share the prefix up to the last
 * dot of the target's last name, may differ in its first axis, that of the classes: since that axis is outermost, rows
 * of zeros for the missing classes are zeros at the end.
 * @throws ShapeError naming the tensor and both shapes
 */
export function pairUp(
  op: string,
  source: ReadonlyMap<string, Tensor>,
  target: ReadonlyMap<string, Tensor>,
): Pair[] {
  const extra = [...source.keys()].find((name) => !target.has(name));
  if (extra !== undefined) throw missing(op, extra, 'source', source.get(extra));
  const head = headOf(target);
  return [...target].map(([name, t]) => {
    const s = source.get(name);
    if (!s) throw missing(op, name, 'target', t);
    const skip = isOf(head, name) ? 1 : 0;
    if (formatShape(s.shape.slice(skip)) !== formatShape(t.shape.slice(skip))) {
      const shapes = `${formatShape(s.shape)} in the source and ${formatShape(t.shape)} in the target`;
      throw new ShapeError(
        `${op}: tensor ${name} is ${shapes}; only the number of classes, the first axis of the head '${head}*', may differ`,
      );
    }
    return { name, source: s, target: t, size: Math.max(s.size, t.size) };
  });
}

function missing(
  op: string,
  name: string,
  where: 'source' | 'target',
  tensor: Tensor | undefined,
): ShapeError {
  const other = where === 'source' ? 'target' : 'source';
  const shape = formatShape(tensor?.shape ?? []);
  return new ShapeError(
    `${op}: tensor ${name} is ${shape} in the ${where} but missing in the ${other}; both must be of one architecture`,
  );
}
