import { kernelFamily } from '../../../runtime/kernel-family';
import { fillRegions } from '../../../runtime/wgsl/regions';
import { constant, f32Element, LANES_OF_VEC4, storage } from '../../../runtime/wgsl/write';
import source from '../../../shaders/matmul_shared.wgsl';
import { type Launch, type Operand, type Reading, readingOf } from './operand';

/** Threads along a side of a workgroup, and blocks of four rows and columns that a thread takes of each. */
const TILES = {
  /** 32 × 32 outputs: small products leave fewer threads idle. */
  shared32: { side: 8, blocks: 1 },
  shared64: { side: 16, blocks: 1 },
  /** 128 × 128: each element read serves the most outputs. */
  shared128: { side: 16, blocks: 2 },
} as const;
export type SharedTile = keyof typeof TILES;
export const SHARED_TILES = Object.keys(TILES) as SharedTile[];

/** The kernel that reads tiles through workgroup memory, and its workgroups. */
export function sharedKernel(tile: SharedTile, a: Operand, b: Operand, k: number, batches: number): Launch {
  const { side, blocks } = TILES[tile];
  const size = 4 * side * blocks;
  const form = { tile, readA: readingOf(a, k, 4), readB: readingOf(b, k, 4), wideStore: b.across % 4 === 0 };
  const groups = Math.ceil(a.across / size) * Math.ceil(b.across / size) * batches;
  return { kernel: kernelFor(form), groups };
}

interface Form {
  readonly tile: SharedTile;
  readonly readA: Reading;
  readonly readB: Reading;
  readonly wideStore: boolean;
}

const kernelFor = kernelFamily((form: Form) => ({ name: `matmul.${form.tile}`, source: write(form) }));

function write({ tile, readA, readB, wideStore }: Form): string {
  const { side, blocks } = TILES[tile];
  return fillRegions(source, {
    operands: [
      storage(1, 'read_write', 'out', f32Element(wideStore)),
      storage(2, 'read', 'a', f32Element(readA !== 'one by one')),
      storage(3, 'read', 'b', f32Element(readB !== 'one by one')),
      constant('SIDE', side),
      constant('BLOCKS', blocks),
    ].join('\n'),
    load: [
      ...load(
        { name: 'a', first: 'row0', length: 'params.m', step: 'params.a_m', kStep: 'params.a_k' },
        readA,
      ),
      ...load(
        { name: 'b', first: 'column0', length: 'params.n', step: 'params.b_n', kStep: 'params.b_k' },
        readB,
      ),
    ].join('\n'),
    store: wideStore
      ? 'out[at / 4u] = value;'
      : 'for (var e = 0u; e < 4u; e++) { if (n + e < params.n) { out[at + e] = value[e]; } }',
  });
}

/** What WGSL calls an operand: its first row or column of the tile, how many there are, and its strides. */
interface Names {
  readonly name: 'a' | 'b';
  readonly first: string;
  readonly length: string;
  readonly step: string;
  readonly kStep: string;
}

/** WGSL that brings a tile of an operand into workgroup memory; what lies over an edge is zero. */
function load(names: Names, reading: Reading): string[] {
  switch (reading) {
    case 'across k':
      return loop(
        names,
        'QUADS * K_TILE',
        ['let at = 4u * (i % QUADS);', 'let k = i / QUADS;'],
        true,
        (value) => [`${names.name}_tile[k][at / 4u] = squared(${value});`],
      );
    case 'along k':
      // Neighbouring threads read neighbouring steps of k.
      return loop(
        names,
        'TILE * K_TILE / 4u',
        ['let k = 4u * (i % (K_TILE / 4u));', 'let at = i / (K_TILE / 4u);'],
        true,
        (value) => [
          `let value = squared(${value});`,
          ...LANES_OF_VEC4.map(
            (lane, e) => `${names.name}_tile[k + ${e}u][at / 4u][at % 4u] = value.${lane};`,
          ),
        ],
      );
    case 'one by one':
      return loop(
        names,
        'TILE * K_TILE',
        [
          `let k_first = ${names.kStep} == 1u;`,
          'let at = select(i % TILE, i / K_TILE, k_first);',
          'let k = select(i / TILE, i % K_TILE, k_first);',
        ],
        false,
        (value) => [`${names.name}_tile[k][at / 4u][at % 4u] = squared(vec4<f32>(${value})).x;`],
      );
  }
}

function loop(
  { name, first, length, step, kStep }: Names,
  count: string,
  place: readonly string[],
  isWide: boolean,
  store: (value: string) => readonly string[],
): string[] {
  const address = `${name}_start + (${first} + at) * ${step} + (k0 + k) * ${kStep}`;
  return [
    `for (var i = local; i < ${count}; i += THREADS) {`,
    ...place,
    `var read_${name} = ${isWide ? 'vec4<f32>()' : '0.0'};`,
    `if (exists && ${first} + at < ${length} && k0 + k < part.steps) { read_${name} = ${name}[${isWide ? `(${address}) / 4u` : address}]; }`,
    ...store(`read_${name}`),
    '}',
  ];
}
