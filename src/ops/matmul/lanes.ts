import { kernelFamily } from '../../../runtime/kernel-family';
import { STRIP_COLUMNS, stripsOf } from '../../../runtime/pictures';
import { fillRegions } from '../../../runtime/wgsl/regions';
import {
  constant,
  f32Element,
  LANES_OF_VEC4,
  quad,
  quadOfStrips,
  range,
  storage,
  texture,
} from '../../../runtime/wgsl/write';
import source from '../../../shaders/matmul_lanes.wgsl';
import { CHAIN } from '../../tensor/parts';
import { type Launch, type Operand, type Reading, readingOf } from './operand';
import { type Store, storeFor, storeSelected } from './store';

/** Columns a lane. */
const COLUMNS = 4;
/** Rows a workgroup: each tile reads the columns anew, so that one tall tile is better than two low ones. */
const HEIGHTS = [1, 2, 4, 8, 16, 32];
const TALLEST = Math.max(...HEIGHTS);
/** Rows and steps of k that are taken together. */
const QUAD = 4;

/** Strips pay where the steps of k are more pages than a core has at hand. */
const MANY_STEPS = 512;

/** What a product is split into, and what there is to make it by. */
export interface Machine {
  readonly batches: number;
  readonly lanes: number;
  /** Whether operands may be shown as textures. */
  readonly shows: boolean;
  /** Whether it is one product, whose operands may be shown as strips, and no batch. */
  readonly isSingle: boolean;
}

/**
 * The kernel that shares reads among the lanes of a subgroup, with fewer rows to compute of the two ways round: a narrow b
 * leaves lanes idle. Undefined where it cannot be used.
 */
export function lanesKernel(a: Operand, b: Operand, k: number, machine: Machine): Launch | undefined {
  const straight = launchOf(a, b, k, machine, false);
  const exchanged = launchOf(b, a, k, machine, true);
  return exchanged && (!straight || exchanged.work < straight.work) ? exchanged : straight;
}

function launchOf(
  a: Operand,
  b: Operand,
  k: number,
  { batches, lanes, shows, isSingle }: Machine,
  exchanged: boolean,
): (Launch & { readonly work: number }) | undefined {
  const readA = readingOf(a, k, QUAD);
  const readB = readingOf(b, k, COLUMNS);
  const ragged = k % QUAD !== 0;
  if (lanes < QUAD || readB === 'one by one') return undefined;
  const least = readA === 'along k' ? 1 : QUAD;
  const rows = HEIGHTS.find((height) => height >= Math.max(a.across, least)) ?? TALLEST;
  const store = storeFor(exchanged, b.across);
  const texels = shows && readA !== 'one by one';
  const inStrips = texels && isSingle && k >= MANY_STEPS;
  const shown = (reading: Reading, { across, kStep }: Operand) =>
    inStrips && reading === 'across k' && kStep === across ? stripsOf(k, across) : undefined;
  const strips = [shown(readA, a), shown(readB, b)] as const;
  const [stripsA, stripsB] = strips.map((one) => one !== undefined);
  const groups = Math.ceil(a.across / rows) * Math.ceil(b.across / (COLUMNS * lanes)) * batches;
  return {
    kernel: kernelFor({ rows, lanes, readA, readB, store, ragged, texels, stripsA, stripsB }),
    strips,
    groups,
    work: groups * rows,
    exchanged,
  };
}

interface Form {
  readonly rows: number;
  readonly lanes: number;
  readonly readA: Reading;
  readonly readB: Reading;
  readonly store: Store;
  /** Whether k is no multiple of four, and ends in the middle of a turn. */
  readonly ragged: boolean;
  /** Whether the operands are textures. */
  readonly texels: boolean;
  /** Whether those are strips. */
  readonly stripsA: boolean;
  readonly stripsB: boolean;
}

const kernelFor = kernelFamily((form: Form) => ({ name: `matmul.lanes${form.rows}`, source: write(form) }));

function write(form: Form): string {
  const { rows, lanes, readA, readB, store, texels, stripsA, stripsB } = form;
  return fillRegions(source, {
    operands: [
      storage(1, 'read_write', 'out', f32Element(store === 'wide')),
      texels ? texture(2, 'a', stripsA) : storage(2, 'read', 'a', f32Element(readA !== 'one by one')),
      texels ? texture(3, 'b', stripsB) : storage(3, 'read', 'b', f32Element(true)),
      constant('ROWS', rows),
      constant('LANES', lanes),
    ].join('\n'),
    start: [
      ...startOfA(form),
      ...(readB === 'along k'
        ? range(COLUMNS).map((i) => `let bs${i} = b_start + min(column0 + ${i}u, last_column) * params.b_n;`)
        : [`let bs0 = b_start + ${cornerOf('min(column0, last_column - 3u)', stripsB)};`]),
      ...range(rows).map((i) => `var c${i} = vec4<f32>(); var t${i} = vec4<f32>();`),
    ].join('\n'),
    steps: steps(form).join('\n'),
    store: storeSelected(store, rows),
  });
}

/** Where each of the quads of a starts that a lane reads. */
function startOfA({ rows, lanes, readA, stripsA }: Form): string[] {
  const { loads, cells } = sharing(rows, lanes);
  return range(loads).flatMap((j) => {
    const cell = `(${j * lanes}u + lane % ${cells}u)`;
    return readA === 'along k'
      ? [`let as${j} = a_start + min(row0 + ${cell}, last_row) * params.a_m;`]
      : readA === 'across k'
        ? [`let as${j} = a_start + ${cornerOf(`min(row0 + ${cell} / 4u * 4u, last_row - 3u)`, stripsA)};`]
        : range(QUAD).map(
            (i) =>
              `let as${j}_${i} = a_start + min(row0 + ${cell} / 4u * 4u + ${i}u, last_row) * params.a_m;`,
          );
  });
}

/** Where the first step of k of a row of a, or column of b, lies: in its strip, whose rows are steps of k. */
const cornerOf = (across: string, strips: boolean): string =>
  strips
    ? `${across} / ${STRIP_COLUMNS}u * params.k * ${STRIP_COLUMNS}u + ${across} % ${STRIP_COLUMNS}u`
    : across;

/**
 * Four steps of k of all rows are as many quads as rows: four steps of a row, or four rows of a step. Each is a cell that
 * one lane reads. Where there are more lanes than cells, they read several turns ahead.
 */
function sharing(rows: number, lanes: number) {
  const cells = Math.min(rows, lanes);
  return { cells, loads: rows / cells, turns: lanes / cells };
}

/** What a lane reads of a, and the products with it, of which the lanes hand round what they have read. */
function steps(form: Form): string[] {
  const { rows, lanes, ragged } = form;
  const { turns } = sharing(rows, lanes);
  const length = QUAD * turns;
  return [
    `for (var span = 0u; span < part.steps; span += ${Math.max(CHAIN, length)}u) {`,
    `  let end = min(span + ${Math.max(CHAIN, length)}u, part.steps);`,
    `  for (var k0 = span; k0 < end; k0 += ${length}u) {`,
    ...readsOfA(form),
    ...(turns === 1
      ? ['let turn = 0u; let k = k0;']
      : [
          `let turns = (min(${length}u, end - k0)${ragged ? ' + 3u' : ''}) / 4u;`,
          'for (var turn = 0u; turn < turns; turn++) {',
          'let k = k0 + 4u * turn;',
        ]),
    ...products(form),
    ...(turns === 1 ? [] : ['}']),
    '  }',
    ...range(rows).map((i) => `t${i} += c${i}; c${i} = vec4<f32>();`),
    '}',
  ];
}

function readsOfA({ rows, lanes, readA, ragged, texels, stripsA }: Form): string[] {
  const { loads, cells } = sharing(rows, lanes);
  const ahead = cells < lanes ? ` + 4u * (lane / ${cells}u)` : '';
  if (readA === 'along k')
    return range(loads).map((j) => `let a${j} = squared(${quadAt('a', `as${j} + k0${ahead}`, texels)});`);
  const k = `k0${ahead} + lane % 4u`;
  const step = ragged ? `min(${k}, last_k) * params.a_k` : `(${k}) * params.a_k`;
  return range(loads).map((j) => {
    const four =
      readA === 'across k'
        ? quadAt('a', `as${j} + ${step}`, texels, stripsA)
        : `vec4<f32>(${range(QUAD)
            .map((i) => `a[as${j}_${i} + ${step}]`)
            .join(', ')})`;
    return `let a${j} = ${within(`squared(${four})`, k, ragged)};`;
  });
}

/** Four neighbours, of which the first has a place that is a multiple of four. */
const quadAt = (name: string, place: string, texels: boolean, strips = false): string =>
  strips ? quadOfStrips(name, `(${place}) / 4u`) : quad(name, `(${place}) / 4u`, texels);

/** Zeros beyond the last step of k. */
const within = (value: string, k: string, ragged: boolean): string =>
  ragged ? `select(vec4<f32>(), ${value}, ${k} <= last_k)` : value;

/** Four steps of k at once. A row's sum stays in its register over them. */
function products({ rows, lanes, readA, readB, ragged, texels, stripsB }: Form): string[] {
  const loads =
    readB === 'along k'
      ? [
          ...range(COLUMNS).map((i) => `let p${i} = ${quadAt('b', `bs${i} + k`, texels)};`),
          ...LANES_OF_VEC4.map((lane, step) => {
            const columns = range(COLUMNS).map((i) => `p${i}.${lane}`);
            return `let b${step} = squared(vec4<f32>(${columns.join(', ')}));`;
          }),
        ]
      : range(QUAD).map((step) => {
          const at = ragged ? `min(k + ${step}u, last_k)` : `(k + ${step}u)`;
          const value = `squared(${quadAt('b', `bs0 + ${at} * params.b_k`, texels, stripsB)})`;
          return `let b${step} = ${within(value, `k + ${step}u`, ragged)};`;
        });
  const { cells } = sharing(rows, lanes);
  const handed = range(rows).map(
    (cell) =>
      `let q${cell} = subgroupShuffle(a${Math.floor(cell / cells)}, ${cell % cells}u + ${cells}u * turn);`,
  );
  const factor = (row: number, step: number) =>
    readA === 'along k'
      ? `q${row}.${LANES_OF_VEC4[step]}`
      : `q${row - (row % QUAD) + step}.${LANES_OF_VEC4[row % QUAD]}`;
  const sums = range(rows).flatMap((row) => [
    // Where a quad of rows begins, what its four steps need was handed round.
    ...(readA === 'along k' ? [handed[row]] : row % QUAD === 0 ? handed.slice(row, row + QUAD) : []),
    ...range(QUAD).map((step) => `c${row} = fma(vec4<f32>(${factor(row, step)}), b${step}, c${row});`),
  ]);
  return [...loads, ...sums];
}
