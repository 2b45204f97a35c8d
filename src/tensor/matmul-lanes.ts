import { fillTemplate, type Kernel, kernelFamily } from '../../runtime/kernel';
import source from '../../shaders/matmul_lanes.wgsl';
import { LANES_OF_VEC4, type Operand, type Reading, range, readingOf } from './matmul-operand';

/** Columns a lane. */
const COLUMNS = 4;
/** Rows a workgroup: a low tile wastes less where there are few. */
const HEIGHTS = [16, 8, 4, 2, 1];

/** The kernel that shares reads among the lanes of a subgroup, and its workgroups; undefined where it cannot be used. */
export function lanesKernel(
  a: Operand,
  b: Operand,
  k: number,
  batches: number,
  lanes: number,
): { kernel: Kernel; groups: number } | undefined {
  const rows = HEIGHTS.find((height) => height <= a.across) ?? 1;
  const readA = readingOf(a, k, rows);
  const readB = readingOf(b, k, COLUMNS);
  if (lanes < 2 || readA !== 'along k' || readB === 'one by one') return undefined;
  const wideStore = b.across % COLUMNS === 0;
  return {
    kernel: kernelFor({ rows, lanes, readB, wideStore }),
    groups: Math.ceil(a.across / rows) * Math.ceil(b.across / (COLUMNS * lanes)) * batches,
  };
}

interface Form {
  readonly rows: number;
  readonly lanes: number;
  readonly readB: Reading;
  readonly wideStore: boolean;
}

const kernelFor = kernelFamily((form: Form) => ({ name: `matmul.lanes${form.rows}`, source: write(form) }));

function write({ rows, lanes, readB, wideStore }: Form): string {
  return fillTemplate(source, {
    operands: [
      `@group(0) @binding(1) var<storage, read_write> out: array<${wideStore ? 'vec4<f32>' : 'f32'}>;`,
      '@group(0) @binding(2) var<storage, read> a: array<vec4<f32>>;',
      '@group(0) @binding(3) var<storage, read> b: array<vec4<f32>>;',
      `const ROWS = ${rows}u;`,
      `const LANES = ${lanes}u;`,
    ].join('\n'),
    start: [
      ...range(rows).map((i) => `let as${i} = a_start + min(row0 + ${i}u, last_row) * params.a_m;`),
      ...(readB === 'along k'
        ? range(COLUMNS).map((i) => `let bs${i} = b_start + min(column0 + ${i}u, last_column) * params.b_n;`)
        : ['let bs0 = b_start + min(column0, last_column - 3u);']),
      ...range(rows).map((i) => `var c${i} = vec4<f32>();`),
    ].join('\n'),
    steps: steps(rows, readB).join('\n'),
    store: range(rows)
      .map((i) => (wideStore ? storeWide(i) : storeOneByOne(i)))
      .join('\n'),
  });
}

/** A lane reads four steps of k of every row; the lanes take turns to hand theirs round. */
const steps = (rows: number, readB: Reading): string[] => [
  'for (var k0 = 0u; k0 < params.k; k0 += 4u * LANES) {',
  ...range(rows).map((i) => `  let a${i} = squared(a[(as${i} + k0) / 4u + lane]);`),
  '  let turns = min(LANES, (params.k - k0) / 4u);',
  '  for (var turn = 0u; turn < turns; turn++) {',
  '    let k = k0 + 4u * turn;',
  ...products(rows, readB),
  '  }',
  '}',
];

/** Four steps of k at once. */
function products(rows: number, readB: Reading): string[] {
  const loads =
    readB === 'along k'
      ? [
          ...range(COLUMNS).map((i) => `let p${i} = b[(bs${i} + k) / 4u];`),
          ...LANES_OF_VEC4.map((lane, step) => {
            const columns = range(COLUMNS).map((i) => `p${i}.${lane}`);
            return `let b${step} = squared(vec4<f32>(${columns.join(', ')}));`;
          }),
        ]
      : range(4).map((step) => `let b${step} = squared(b[(bs0 + (k + ${step}u) * params.b_k) / 4u]);`);
  // A row's sum stays in its register over the four steps.
  const sums = range(rows).flatMap((i) => [
    `let q${i} = subgroupShuffle(a${i}, turn);`,
    ...LANES_OF_VEC4.map((lane, step) => `c${i} = fma(vec4<f32>(q${i}.${lane}), b${step}, c${i});`),
  ]);
  return [...loads, ...sums];
}

const storeWide = (i: number): string =>
  `if (row0 + ${i}u <= last_row && column0 + 3u <= last_column) { out[(out_start + ${i}u * params.n) / 4u] = rectified(c${i} + shift); }`;

const storeOneByOne = (i: number): string =>
  `if (row0 + ${i}u <= last_row) {
  let at = out_start + ${i}u * params.n;
  let values = rectified(c${i} + shift);
${range(COLUMNS)
  .map((j) => `  if (column0 + ${j}u <= last_column) { out[at + ${j}u] = values.${LANES_OF_VEC4[j]}; }`)
  .join('\n')}
}`;
