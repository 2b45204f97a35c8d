import { aText, checkArgument } from '../tensor/guard';
import { floats } from '../tensor/guard-tensor';
import { formatShape, ShapeError, sameShape, sizeOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { mul } from './arithmetic';
import type { Op } from './define';
import { matmul } from './matmul/matmul';
import { sum } from './reduction';
import { permute, reshape, slice } from './reshape';
import { randn, sample } from './sample';

type Args = readonly [equation: string, ...operands: Tensor[]];

/** A tensor whose axes have labels: letters, and '.1', '.2', … for the axes of an ellipsis, the last one first. */
interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

const ELLIPSIS = '...';
const TERM = /^[a-zA-Z]*(\.\.\.)?[a-zA-Z]*$/;

/** @throws ShapeError unless the term is letters with at most one ellipsis */
function checkTerm(equation: string, term: string): void {
  if (TERM.test(term)) return;
  throw new ShapeError(
    `einsum: '${term}' in '${equation}' is no list of subscripts, expected letters and at most one '...', as in 'bij,bjk->bik'`,
  );
}

/** Labels of a term whose ellipsis stands for so many axes. */
function labelsOf(term: string, hidden: number): string[] {
  const [before, after] = term.split(ELLIPSIS);
  if (after === undefined) return [...before];
  return [...before, ...Array.from({ length: hidden }, (_, i) => `.${hidden - i}`), ...after];
}

/** The operands with their labels. @throws ShapeError if terms and operands do not fit together */
function labelled(equation: string, terms: readonly string[], operands: readonly Tensor[]): Labelled[] {
  if (terms.length !== operands.length)
    throw new ShapeError(
      `einsum: '${equation}' has subscripts for ${terms.length} operands, but ${operands.length} were given`,
    );
  return operands.map((x, i) => {
    const term = terms[i];
    checkTerm(equation, term);
    const letters = term.replace(ELLIPSIS, '').length;
    const hidden = term.includes(ELLIPSIS) ? x.shape.length - letters : 0;
    if (hidden >= 0 && letters + hidden === x.shape.length) return { x, labels: labelsOf(term, hidden) };
    throw new ShapeError(
      `einsum: operand ${i} is ${formatShape(x.shape)}, which does not fit its subscripts '${term}' in '${equation}'`,
    );
  });
}

/** @throws ShapeError where a subscript stands for two lengths, neither of them 1 */
function checkLengths(equation: string, operands: readonly Labelled[]): void {
  const known = new Map<string, number>();
  for (const { x, labels } of operands) {
    for (const [axis, label] of labels.entries()) {
      const [length, before] = [x.shape[axis], known.get(label) ?? 1];
      if (length !== before && length !== 1 && before !== 1) {
        const name = label.startsWith('.') ? ELLIPSIS : label;
        throw new ShapeError(
          `einsum: subscript '${name}' in '${equation}' is ${before} long in one operand and ${length} in another`,
        );
      }
      if (length !== 1) known.set(label, length);
    }
  }
}

/** Labels of the result. @throws ShapeError on one that is there twice, or in no operand */
function resultLabels(equation: string, output: string | undefined, operands: readonly Labelled[]): string[] {
  const all = operands.flatMap(({ labels }) => labels);
  const hidden = new Set(all.filter((label) => label.startsWith('.'))).size;
  if (output === undefined) {
    const single = all.filter(
      (label) => !label.startsWith('.') && all.indexOf(label) === all.lastIndexOf(label),
    );
    return [...labelsOf(ELLIPSIS, hidden), ...single.sort((a, b) => (a < b ? -1 : 1))];
  }
  checkTerm(equation, output);
  const labels = labelsOf(output, hidden);
  for (const [i, label] of labels.entries()) {
    if (labels.indexOf(label) !== i)
      throw new ShapeError(`einsum: subscript '${label}' is there twice in the output of '${equation}'`);
    if (!all.includes(label))
      throw new ShapeError(`einsum: subscript '${label}' in the output of '${equation}' is in no operand`);
  }
  return labels;
}

/** In another shape; the very tensor where it has it, so that a parameter meets the op that has a rule for it. */
const shaped = (x: Tensor, shape: readonly number[]): Tensor =>
  sameShape(x.shape, shape) ? x : reshape(x, shape);

/** The axes in the order of `labels`. */
function ordered({ x, labels }: Labelled, wanted: readonly string[]): Tensor {
  const order = wanted.map((label) => labels.indexOf(label));
  return order.every((axis, i) => axis === i) ? x : permute(x, order);
}

/** Repeated labels become one: the diagonal of their axes. @throws ShapeError if these differ in length */
function withoutRepeats(equation: string, given: Labelled): Labelled {
  const { x, labels } = given;
  const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0) return given;
  const label = labels[second];
  const first = labels.indexOf(label);
  const length = x.shape[first];
  if (length !== x.shape[second])
    throw new ShapeError(
      `einsum: subscript '${label}' is there twice for an operand ${formatShape(x.shape)} of '${equation}', whose axes ${first} and ${second} differ in length`,
    );
  const others = labels.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const shape = others.map((axis) => x.shape[axis]);
  const square = reshape(permute(x, [...others, first, second]), [...shape, length * length]);
  const diagonal = slice(square, shape.length, 0, undefined, length + 1);
  return withoutRepeats(equation, { x: diagonal, labels: [...others.map((axis) => labels[axis]), label] });
}

/** Sums over the axes whose labels are not kept. */
function summed({ x, labels }: Labelled, keep: ReadonlySet<string>): Labelled {
  const axes = labels.flatMap((label, axis) => (keep.has(label) ? [] : [axis]));
  if (axes.length === 0) return { x, labels };
  return { x: sum(x, axes), labels: labels.filter((label) => keep.has(label)) };
}

/** Without axes of length 1 that are longer in the other operand. */
function withoutSingles({ x, labels }: Labelled, other: Labelled): Labelled {
  const isSingle = (label: string, axis: number) => {
    const place = other.labels.indexOf(label);
    return x.shape[axis] === 1 && place >= 0 && other.x.shape[place] !== 1;
  };
  if (!labels.some(isSingle)) return { x, labels };
  const shape = x.shape.filter((_, axis) => !isSingle(labels[axis], axis));
  return { x: reshape(x, shape), labels: labels.filter((label, axis) => !isSingle(label, axis)) };
}

/** The product of two operands, summed over what they share and what is not kept. */
function contracted(first: Labelled, second: Labelled, keep: ReadonlySet<string>): Labelled {
  const [left, right] = [withoutSingles(first, second), withoutSingles(second, first)];
  const a = summed(left, new Set([...keep, ...right.labels]));
  const b = summed(right, new Set([...keep, ...left.labels]));
  const batch = a.labels.filter((label) => b.labels.includes(label) && keep.has(label));
  const inner = a.labels.filter((label) => b.labels.includes(label) && !keep.has(label));
  const rows = a.labels.filter((label) => !b.labels.includes(label));
  const columns = b.labels.filter((label) => !a.labels.includes(label));
  const lengths = ({ x, labels }: Labelled, of: readonly string[]) =>
    of.map((label) => x.shape[labels.indexOf(label)]);
  const [over, down, along] = [lengths(a, batch), lengths(a, rows), lengths(b, columns)];
  const [batches, m, n, k] = [over, down, along, lengths(a, inner)].map(sizeOf);
  const stack = batch.length > 0 ? [batches] : [];
  let product: Tensor;
  if (inner.length === 0) {
    const tall = reshape(ordered(a, [...batch, ...rows]), [...stack, m, 1]);
    product = mul(tall, reshape(ordered(b, [...batch, ...columns]), [...stack, 1, n]));
  } else {
    // Transposes are free: an order that is there already needs no copy.
    const isOrdered = ({ labels }: Labelled, wanted: readonly string[]) =>
      wanted.every((label, i) => labels[i] === label);
    const transposeA = isOrdered(a, [...batch, ...inner, ...rows]) && m > 1;
    const transposeB = isOrdered(b, [...batch, ...columns, ...inner]);
    const [tall, wide] = [
      ordered(a, transposeA ? [...batch, ...inner, ...rows] : [...batch, ...rows, ...inner]),
      ordered(b, transposeB ? [...batch, ...columns, ...inner] : [...batch, ...inner, ...columns]),
    ];
    // Against one matrix the axes of rows stay apart: samples stay on the first one.
    const apart = stack.length === 0 && down.length > 1 ? [...down, k] : [...stack, m, k];
    product = matmul(
      shaped(tall, transposeA ? [...stack, k, m] : apart),
      shaped(wide, [...stack, ...(transposeB ? [n, k] : [k, n])]),
      { transposeA, transposeB },
    );
  }
  return { x: shaped(product, [...over, ...down, ...along]), labels: [...batch, ...rows, ...columns] };
}

function compute(...[equation, ...given]: Args): Tensor {
  checkArgument('einsum', 'equation', equation, aText);
  const operands: readonly Tensor[] = given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
  const call = { op: 'einsum' };
  for (const [i, operand] of operands.entries()) floats(call, `operand ${i}`, operand);
  const [left, output, ...rest] = equation.replaceAll(' ', '').split('->');
  if (operands.length === 0 || rest.length > 0)
    throw new ShapeError(
      `einsum: '${equation}' with ${operands.length} operands, expected one equation and its operands, as in einsum('ij,jk->ik', a, b)`,
    );
  const all = labelled(equation, left.split(','), operands).map((one) => withoutRepeats(equation, one));
  checkLengths(equation, all);
  const wanted = resultLabels(equation, output, labelled(equation, left.split(','), operands));
  const [first, ...others] = all;
  const result = others.reduce((before, next, i) => {
    const later = others.slice(i + 1).flatMap(({ labels }) => labels);
    return contracted(before, next, new Set([...wanted, ...later]));
  }, first);
  const y = ordered(summed(result, new Set(wanted)), wanted);
  return y === operands[0] ? reshape(y, y.shape) : y;
}

/**
 * Sums of products by subscripts, as torch.einsum: einsum('bij,bjk->bik', a, b). A subscript that the output lacks is summed over;
 * one that is there twice for an operand takes the diagonal; '...' stands for axes that broadcast. Without '->' the output has what is
 * there once, in the order of the alphabet. Made of matmul, mul, sum and permute, from left to right, with their gradients.
 * @param equation subscripts of each operand, one letter an axis, and those of the output
 * @param operands f32 or f16; also as one array
 * @throws ShapeError
 * @example
 * ```ts
 * const [a, b] = [gpu.tensor([[1, 2], [3, 4]]), gpu.tensor([[5, 6], [7, 8]])];
 * ops.einsum('ij,jk->ik', a, b); // → [[19, 22], [43, 50]]
 * ops.einsum('ii', a); // → 5
 * ```
 * @example
 * ```ts
 * ops.einsum('ij,j->i', gpu.tensor([[1, 2], [3, 4]]), gpu.tensor([1, 1])); // → [3, 7]
 * ```
 */
export const einsum: Op<Args> = Object.assign(compute, {
  record: {
    name: 'einsum',
    differentiable: true,
    hasPerSampleRule: false,
    samples: () => [
      sample<Args>('products of matrices', 'bij,bjk->bik', randn([2, 3, 4]), randn([2, 4, 2])),
      sample<Args>('implicit output', 'cb,ac', randn([3, 4]), randn([2, 3])),
      sample<Args>('ellipses', 'i...,...j->j...', randn([2, 3, 2]), randn([3, 2, 4])),
      sample<Args>('a trace', 'ii', randn([4, 4])),
      sample<Args>('diagonals, transposed', 'iji->ji', randn([3, 2, 3])),
      sample<Args>('outer product of three', 'i,j,k->kij', randn([2]), randn([3]), randn([2])),
      sample<Args>('a bilinear form', 'bn,anm,bm->ba', randn([2, 3]), randn([4, 3, 2]), randn([2, 2])),
      sample<Args>('a length of 1 against a longer one', 'ij,jk->ik', randn([2, 1]), randn([3, 2])),
    ],
  },
});
