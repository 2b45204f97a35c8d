import { kernelFamily } from '../../../runtime/kernel-family';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, LANES_OF_VEC4, range, storage } from '../../../runtime/wgsl/write';
import source from '../../../shaders/matmul_register.wgsl';
import { type Launch, type Operand, type Reading, readingOf } from './operand';

const COLUMNS = 8;
/** Tile heights: a low one wastes less where there are few rows. */
const HEIGHTS = [8, 4, 2, 1];

/** The register kernel for a product, and the number of its workgroups. */
export function registerKernel(a: Operand, b: Operand, k: number, batches: number): Launch {
  const rows = HEIGHTS.find((height) => height <= a.across) ?? 1;
  const readA = readingOf(a, k, rows);
  const readB = readingOf(b, k, COLUMNS);
  const wideStore = b.across % 4 === 0;
  const kernel = kernelFor({ rows, readA, readB, wideStore });
  const tiles = Math.ceil(a.across / rows) * Math.ceil(b.across / COLUMNS) * batches;
  return { kernel, groups: Math.ceil(tiles / 8) };
}

interface Form {
  readonly rows: number;
  readonly readA: Reading;
  readonly readB: Reading;
  readonly wideStore: boolean;
}

const kernelFor = kernelFamily((form: Form) => ({
  name: `matmul.register${form.rows}`,
  source: write(form),
}));

function write({ rows, readA, readB, wideStore }: Form): string {
  const steps = readA === 'along k' || readB === 'along k' ? 4 : 1;
  const [isWideA, isWideB] = [readA, readB].map((reading) => reading !== 'one by one');
  return fillRegions(source, {
    operands: [
      storage(1, 'read_write', 'out', f32Element(wideStore)),
      storage(2, 'read', 'a', f32Element(isWideA)),
      storage(3, 'read', 'b', f32Element(isWideB)),
      constant('ROWS', rows),
      constant('STEP', steps),
    ].join('\n'),
    start: [
      ...startOf('a', 'row', readA, rows),
      ...startOf('b', 'column', readB, COLUMNS),
      ...range(rows).map(
        (i) =>
          `var c${i}_0 = vec4<f32>(); var c${i}_1 = vec4<f32>(); var t${i}_0 = vec4<f32>(); var t${i}_1 = vec4<f32>();`,
      ),
    ].join('\n'),
    step: [
      ...loadsOf('a', readA, rows, steps),
      ...loadsOf('b', readB, COLUMNS, steps),
      ...range(steps).flatMap((s) => [
        `let left${s} = squared(vec4<f32>(${range(4)
          .map((j) => elementOf('b', readB, j, s))
          .join(', ')}));`,
        `let right${s} = squared(vec4<f32>(${range(4)
          .map((j) => elementOf('b', readB, 4 + j, s))
          .join(', ')}));`,
        ...range(rows).flatMap((i) => [
          `let v${i}_${s} = squared(vec4<f32>(${elementOf('a', readA, i, s)}));`,
          `c${i}_0 = fma(v${i}_${s}, left${s}, c${i}_0); c${i}_1 = fma(v${i}_${s}, right${s}, c${i}_1);`,
        ]),
      ]),
    ].join('\n'),
    fold: range(rows)
      .flatMap((i) => [0, 1].map((half) => `t${i}_${half} += c${i}_${half}; c${i}_${half} = vec4<f32>();`))
      .join('\n'),
    store: range(rows)
      .map((i) => (wideStore ? storeWide(i) : storeOneByOne(i)))
      .join('\n'),
  });
}

/** Where each row or column, or each group of four of them, starts. */
function startOf(operand: 'a' | 'b', axis: 'row' | 'column', reading: Reading, count: number): string[] {
  if (reading === 'across k') {
    return range(count / 4).map(
      (q) => `let ${operand}s${q} = ${operand}_start + min(${axis}0 + ${4 * q}u, last_${axis} - 3u);`,
    );
  }
  const step = operand === 'a' ? 'params.a_m' : 'params.b_n';
  return range(count).map(
    (i) => `let ${operand}s${i} = ${operand}_start + min(${axis}0 + ${i}u, last_${axis}) * ${step};`,
  );
}

function loadsOf(operand: 'a' | 'b', reading: Reading, count: number, steps: number): string[] {
  if (reading === 'along k')
    return range(count).map((i) => `let ${operand}${i} = ${operand}[(${operand}s${i} + k) / 4u];`);
  const at = (i: number, s: number) => `${operand}s${i} + (k + ${s}u) * params.${operand}_k`;
  return range(steps).flatMap((s) =>
    reading === 'across k'
      ? range(count / 4).map((q) => `let ${operand}${q}_${s} = ${operand}[(${at(q, s)}) / 4u];`)
      : range(count).map((i) => `let ${operand}${i}_${s} = ${operand}[${at(i, s)}];`),
  );
}

/** The value of a row or column at a step of k. */
function elementOf(operand: 'a' | 'b', reading: Reading, i: number, s: number): string {
  if (reading === 'along k') return `${operand}${i}.${LANES_OF_VEC4[s]}`;
  if (reading === 'across k') return `${operand}${Math.floor(i / 4)}_${s}.${LANES_OF_VEC4[i % 4]}`;
  return `${operand}${i}_${s}`;
}

const storeWide = (i: number): string =>
  `if (row0 + ${i}u <= last_row) {
  let at = (out_start + ${i}u * params.n) / 4u;
  out[at] = rectified(t${i}_0 + shift_left);
  if (column0 + 4u <= last_column) { out[at + 1u] = rectified(t${i}_1 + shift_right); }
}`;

const storeOneByOne = (i: number): string =>
  `if (row0 + ${i}u <= last_row) {
  let at = out_start + ${i}u * params.n;
  let low = rectified(t${i}_0 + shift_left);
  let high = rectified(t${i}_1 + shift_right);
${range(COLUMNS)
  .map(
    (j) =>
      `  if (column0 + ${j}u <= last_column) { out[at + ${j}u] = ${j < 4 ? 'low' : 'high'}.${LANES_OF_VEC4[j % 4]}; }`,
  )
  .join('\n')}
}`;
