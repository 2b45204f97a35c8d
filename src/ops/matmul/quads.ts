import { kernelFamily } from '../../../runtime/kernel-family';
import { LANES_OF_QUAD, ownRow, turned } from '../../../runtime/wgsl/quad';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, LANES_OF_VEC4, range, storage } from '../../../runtime/wgsl/write';
import source from '../../../shaders/matmul_quads.wgsl';
import { type Launch, type Operand, type Reading, readingOf } from './operand';
import { type Store, storeFor, storeRows } from './store';

/** Columns a lane, and steps of k a turn. */
const QUAD = 4;
/** Rows a workgroup, as many as have room: what is read of the columns serves them all. More take too long to compile. */
const MOST_ROWS = 16;
const MOST_LANES = 8;

/**
 * The kernel whose lanes swap in quads what they read of a, with fewer workgroups of the two ways round. Undefined where there
 * are no subgroups, or k is no multiple of four.
 */
export function quadsKernel(
  a: Operand,
  b: Operand,
  k: number,
  batches: number,
  lanes: number,
): Launch | undefined {
  if (lanes < QUAD || lanes > MOST_LANES || k % QUAD !== 0) return undefined;
  const straight = launchOf(a, b, k, batches, lanes, false);
  const exchanged = launchOf(b, a, k, batches, lanes, true);
  return exchanged.groups < straight.groups ? exchanged : straight;
}

function launchOf(
  a: Operand,
  b: Operand,
  k: number,
  batches: number,
  lanes: number,
  exchanged: boolean,
): Launch {
  const rows = Math.min(MOST_ROWS, Math.ceil(a.across / LANES_OF_QUAD) * LANES_OF_QUAD);
  const store = storeFor(exchanged, b.across);
  const form = { rows, lanes, readA: readingOf(a, k, 1), readB: readingOf(b, k, QUAD), store } as const;
  const groups = Math.ceil(a.across / rows) * Math.ceil(b.across / (QUAD * lanes)) * batches;
  return { kernel: kernelFor(form), groups, exchanged };
}

interface Form {
  readonly rows: number;
  readonly lanes: number;
  readonly readA: Reading;
  readonly readB: Reading;
  readonly store: Store;
}

const kernelFor = kernelFamily((form: Form) => ({
  name: `matmul.quads${form.rows}`,
  source: write(form),
}));

function write({ rows, lanes, readA, readB, store }: Form): string {
  const reads = range(rows / LANES_OF_QUAD);
  return fillRegions(source, {
    operands: [
      storage(1, 'read_write', 'out', f32Element(store === 'wide')),
      storage(2, 'read', 'a', f32Element(readA === 'along k')),
      storage(3, 'read', 'b', f32Element(readB !== 'one by one')),
      constant('ROWS', rows),
      constant('LANES', lanes),
    ].join('\n'),
    start: [
      ...reads.map((q) => {
        const row = `min(row0 + ${q * LANES_OF_QUAD}u + (lane & 3u), last_row)`;
        return `let as${q} = ${placeOf(`a_start + ${row} * params.a_m`, readA)};`;
      }),
      ...(readB === 'across k'
        ? [
            `let bs0 = ${placeOf('b_start + min(column0, last_column - 3u)', readB)};`,
            ...range(QUAD).map((step) => `let b_steps_${step} = ${step}u * b_step / 4u;`),
          ]
        : range(QUAD).map((j) => {
            const column = `min(column0 + ${j}u, last_column)`;
            return `let bs${j} = ${placeOf(`b_start + ${column} * params.b_n`, readB)};`;
          })),
      ...range(rows).map((i) => `var c${i} = vec4<f32>(); var t${i} = vec4<f32>();`),
    ].join('\n'),
    step: [
      ...reads.map((q) => `let a${q} = squared(${fourSteps('a', `as${q}`, readA === 'along k')});`),
      ...stepsOfB(readB),
      ...LANES_OF_VEC4.flatMap((s, step) =>
        range(rows).map((i) => {
          const value = turned(`a${Math.floor(i / LANES_OF_QUAD)}.${s}`, i % LANES_OF_QUAD);
          return `c${i} = fma(vec4<f32>(${value}), b_${step}, c${i});`;
        }),
      ),
    ].join('\n'),
    fold: range(rows)
      .map((i) => `t${i} += c${i}; c${i} = vec4<f32>();`)
      .join('\n'),
    store: storeRows(store, rows, ownRow('i')),
  });
}

/** Where a row or column starts, in elements of the buffer: dividing in each step made products take a tenth longer. */
const placeOf = (start: string, reading: Reading): string =>
  reading === 'one by one' ? start : `(${start}) / 4u`;

/** Four steps of k of a row or column that starts at `start`. */
const fourSteps = (operand: 'a' | 'b', start: string, wide: boolean): string =>
  wide
    ? `${operand}[${start} + quad]`
    : `vec4<f32>(${range(QUAD)
        .map((step) => `${operand}[${start} + (k + ${step}u) * ${operand}_step]`)
        .join(', ')})`;

/** b_0 to b_3: the lane's four columns at each of four steps of k. */
function stepsOfB(reading: Reading): string[] {
  if (reading === 'across k')
    return [
      'let bk = bs0 + quad * b_step;',
      ...range(QUAD).map((step) => `let b_${step} = squared(b[bk + b_steps_${step}]);`),
    ];
  return [
    ...range(QUAD).map((j) => `let p${j} = squared(${fourSteps('b', `bs${j}`, reading === 'along k')});`),
    ...LANES_OF_VEC4.map(
      (lane, step) =>
        `let b_${step} = vec4<f32>(${range(QUAD)
          .map((j) => `p${j}.${lane}`)
          .join(', ')});`,
    ),
  ];
}
