import { kernelFamily } from '../../../runtime/kernel-family';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, LANES_OF_VEC4, range, storage } from '../../../runtime/wgsl/write';
import source from '../../../shaders/matmul_lanes.wgsl';
import { CHAIN } from '../../tensor/parts';
import { type Launch, type Operand, type Reading, readingOf } from './operand';

/** Columns a lane. */
const COLUMNS = 4;
/** Rows a workgroup: each tile reads the columns anew, so that one tall tile is better than two low ones. */
const HEIGHTS = [1, 2, 4, 8, 16];
const TALLEST = Math.max(...HEIGHTS);
/** Rows and steps of k that are taken together. */
const QUAD = 4;
/**
 * Steps of k so far apart lie on pages of their own and in the same few sets of a cache: of more than some hundred, the
 * next rows' workgroup finds none again. Spans of k help where there are more than a few such workgroups.
 */
const FAR_FLOATS = 2048;
const FAR_STEPS = 256;
const FEW_ROWS = 4 * TALLEST;

/**
 * The kernel that shares reads among the lanes of a subgroup, with fewer workgroups of the two ways round: a narrow b
 * leaves lanes idle. Undefined where it cannot be used.
 */
export function lanesKernel(
  a: Operand,
  b: Operand,
  k: number,
  batches: number,
  lanes: number,
  isWhole: boolean,
): Launch | undefined {
  const straight = launchOf(a, b, k, batches, lanes, isWhole, false);
  const exchanged = launchOf(b, a, k, batches, lanes, isWhole, true);
  return exchanged && (!straight || exchanged.groups < straight.groups) ? exchanged : straight;
}

function launchOf(
  a: Operand,
  b: Operand,
  k: number,
  batches: number,
  lanes: number,
  isWhole: boolean,
  exchanged: boolean,
): Launch | undefined {
  const readA = readingOf(a, k, QUAD);
  const readB = readingOf(b, k, COLUMNS);
  const ragged = k % QUAD !== 0;
  if (lanes < QUAD || readB === 'one by one') return undefined;
  const least = readA === 'along k' ? 1 : QUAD;
  const rows = HEIGHTS.find((height) => height >= Math.max(a.across, least)) ?? TALLEST;
  const store = exchanged ? 'exchanged' : b.across % COLUMNS === 0 ? 'wide' : 'one by one';
  const form = { rows, lanes, readA, readB, store, ragged } as const;
  const isFar = readB === 'across k' && b.kStep >= FAR_FLOATS;
  const inSpans = isWhole && isFar && k > FAR_STEPS && a.across > FEW_ROWS;
  return {
    kernel: kernelFor({ ...form, adds: false }),
    groups: Math.ceil(a.across / rows) * Math.ceil(b.across / (COLUMNS * lanes)) * batches,
    exchanged,
    ...(inSpans && { later: { kernel: kernelFor({ ...form, adds: true }), steps: FAR_STEPS } }),
  };
}

interface Form {
  readonly rows: number;
  readonly lanes: number;
  readonly readA: Reading;
  readonly readB: Reading;
  readonly store: keyof typeof STORES;
  /** Whether k is no multiple of four, and ends in the middle of a turn. */
  readonly ragged: boolean;
  /** Whether sums are added to what is stored already. */
  readonly adds: boolean;
}

const kernelFor = kernelFamily((form: Form) => ({ name: `matmul.lanes${form.rows}`, source: write(form) }));

function write(form: Form): string {
  const { rows, lanes, readA, readB, store, adds } = form;
  return fillRegions(source, {
    operands: [
      storage(1, 'read_write', 'out', f32Element(store === 'wide')),
      storage(2, 'read', 'a', f32Element(readA !== 'one by one')),
      storage(3, 'read', 'b', f32Element(true)),
      constant('ROWS', rows),
      constant('LANES', lanes),
    ].join('\n'),
    start: [
      ...startOfA(rows, readA),
      ...(readB === 'along k'
        ? range(COLUMNS).map((i) => `let bs${i} = b_start + min(column0 + ${i}u, last_column) * params.b_n;`)
        : ['let bs0 = b_start + min(column0, last_column - 3u);']),
      ...range(rows).map((i) => `var c${i} = vec4<f32>(); var t${i} = vec4<f32>();`),
    ].join('\n'),
    steps: steps(form).join('\n'),
    store: [
      ...(store === 'exchanged' ? [] : ['let shift = bias_at(column0);']),
      ...range(rows).map((i) => STORES[store](i, adds)),
    ].join('\n'),
  });
}

/** Where each row starts, or each quad of rows where they are neighbours in a. */
const startOfA = (rows: number, reading: Reading): string[] =>
  reading === 'across k'
    ? range(rows / QUAD).map((q) => `let as${q} = a_start + min(row0 + ${QUAD * q}u, last_row - 3u);`)
    : range(rows).map((i) => `let as${i} = a_start + min(row0 + ${i}u, last_row) * params.a_m;`);

/**
 * What a lane reads of a: four steps of k of every row, or one step of every quad of rows. The lanes take turns to hand
 * theirs round, four steps a turn.
 */
function steps({ rows, lanes, readA, readB, ragged }: Form): string[] {
  const stepsOfLane = readA === 'along k' ? QUAD : 1;
  const isShort = stepsOfLane * lanes < CHAIN;
  const fold = range(rows).map((i) => `t${i} += c${i}; c${i} = vec4<f32>();`);
  return [
    `const STEPS = ${stepsOfLane}u * LANES;`,
    'for (var k0 = 0u; k0 < part.steps; k0 += STEPS) {',
    ...readsOfA(rows, readA, ragged),
    `  let turns = (min(STEPS, part.steps - k0)${ragged ? ' + 3u' : ''}) / 4u;`,
    '  for (var turn = 0u; turn < turns; turn++) {',
    '    let k = k0 + 4u * turn;',
    ...products(rows, readA, readB, ragged),
    '  }',
    ...(isShort
      ? [`if (k0 % ${CHAIN}u == ${CHAIN}u - STEPS) {`, ...fold, '}', '}', ...fold]
      : [...fold, '}']),
  ];
}

function readsOfA(rows: number, reading: Reading, ragged: boolean): string[] {
  if (reading === 'along k')
    return range(rows).map((i) => `  let a${i} = squared(a[(as${i} + k0) / 4u + lane]);`);
  const quads = range(rows / QUAD).map((q) => {
    const at = (i: number) => `as${i} + ${ragged ? 'min(k0 + lane, last_k)' : '(k0 + lane)'} * params.a_k`;
    return reading === 'across k'
      ? `a[(${at(q)}) / 4u]`
      : `vec4<f32>(${range(QUAD)
          .map((i) => `a[${at(QUAD * q + i)}]`)
          .join(', ')})`;
  });
  return quads.map((quad, q) => `  let a${q} = ${within(`squared(${quad})`, 'k0 + lane', ragged)};`);
}

/** Zeros beyond the last step of k. */
const within = (value: string, k: string, ragged: boolean): string =>
  ragged ? `select(vec4<f32>(), ${value}, ${k} <= last_k)` : value;

/** Four steps of k at once. A row's sum stays in its register over them. */
function products(rows: number, readA: Reading, readB: Reading, ragged: boolean): string[] {
  const loads =
    readB === 'along k'
      ? [
          ...range(COLUMNS).map((i) => `let p${i} = b[(bs${i} + k) / 4u];`),
          ...LANES_OF_VEC4.map((lane, step) => {
            const columns = range(COLUMNS).map((i) => `p${i}.${lane}`);
            return `let b${step} = squared(vec4<f32>(${columns.join(', ')}));`;
          }),
        ]
      : range(4).map((step) => {
          const at = ragged ? `min(k + ${step}u, last_k)` : `(k + ${step}u)`;
          const value = `squared(b[(bs0 + ${at} * params.b_k) / 4u])`;
          return `let b${step} = ${within(value, `k + ${step}u`, ragged)};`;
        });
  const sum = (i: number, step: number, value: string) =>
    `c${i} = fma(vec4<f32>(${value}), b${step}, c${i});`;
  if (readA === 'along k') {
    const sums = range(rows).flatMap((i) => [
      `let q${i} = subgroupShuffle(a${i}, turn);`,
      ...LANES_OF_VEC4.map((lane, step) => sum(i, step, `q${i}.${lane}`)),
    ]);
    return [...loads, ...sums];
  }
  const sums = range(rows / QUAD).flatMap((q) => [
    ...range(QUAD).map((step) => `let q${q}_${step} = subgroupShuffle(a${q}, 4u * turn + ${step}u);`),
    ...LANES_OF_VEC4.flatMap((lane, i) =>
      range(QUAD).map((step) => sum(QUAD * q + i, step, `q${q}_${step}.${lane}`)),
    ),
  ]);
  return [...loads, ...sums];
}

/** How a row of four columns is stored: as a vec4, one by one, or one by one into what is [columns, rows]. */
const STORES = {
  wide: (i: number, adds: boolean): string =>
    `if (row0 + ${i}u <= last_row && column0 + 3u <= last_column) {
  let at = (out_start + ${i}u * params.n) / 4u;
  out[at] = rectified(${adds ? 'out[at] + ' : ''}t${i} + shift);
}`,
  'one by one': (i: number, adds: boolean): string =>
    storeColumns(i, `rectified(t${i} + shift)`, (j) => `out_start + ${i}u * params.n + ${j}u`, adds),
  exchanged: (i: number, adds: boolean): string =>
    storeColumns(
      i,
      `finished(t${i}, row0 + ${i}u)`,
      (j) => `(z * params.n + column0 + ${j}u) * params.m + row0 + ${i}u`,
      adds,
    ),
};

const storeColumns = (i: number, values: string, at: (j: number) => string, adds: boolean): string =>
  `if (row0 + ${i}u <= last_row) {
  ${adds ? `t${i} += vec4<f32>(${range(COLUMNS).map((j) => `out[${at(j)}]`)});` : ''}
  let values = ${values};
${range(COLUMNS)
  .map((j) => `  if (column0 + ${j}u <= last_column) { out[${at(j)}] = values.${LANES_OF_VEC4[j]}; }`)
  .join('\n')}
}`;
