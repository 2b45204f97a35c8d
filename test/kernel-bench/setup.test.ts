import { describe, expect, it } from 'vitest';
import { evaluator } from '../../runtime/wgsl/expression';
import { layoutOf } from '../../runtime/wgsl/layout';
import { scan } from '../../runtime/wgsl/scan';
import { valuesOf } from '../../src/kernel-bench/array';
import { blockBytes, setScalars } from '../../src/kernel-bench/block';
import { checkOptions } from '../../src/kernel-bench/check-options';
import { KernelError, orKernelError } from '../../src/kernel-bench/errors';
import { entryOf, gridOf } from '../../src/kernel-bench/grid';
import type { BenchOptions } from '../../src/kernel-bench/options';
import { setupOf } from '../../src/kernel-bench/setup';

const module = scan(`
override TILE: u32 = 8u;
@id(7) override DEPTH : i32;
struct Params { @align(16) count: u32, scale: f32, origin: vec3<f32>, @size(32) last: array<vec2<u32>, 2>, }
@group(0) @binding(0) var<uniform> params: Params;
@compute @workgroup_size(TILE, TILE / 2u, 1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {}
@workgroup_size(64) @compute
fn other() {}
`);

describe('uniform blocks', () => {
  const layout = layoutOf('Params', module, evaluator(module, new Map()));
  const set = (uniform: BenchOptions['uniform']) =>
    setScalars('params', layout, checkOptions({ uniform }).uniform);

  it('hold numbers in order, at their offsets, each as its type', () => {
    const bytes = blockBytes(layout, set({ params: [{ u32: 7 }, { f32: 0.5 }, 1, 2, 3] }));
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(64);
    expect([view.getUint32(0, true), view.getFloat32(4, true)]).toEqual([7, 0.5]);
    expect([16, 20, 24, 32].map((offset) => view.getFloat32(offset, true))).toEqual([1, 2, 3, 0]);
  });

  it('can be set by member, later ones over earlier ones', () => {
    const valuesOf = (uniform: BenchOptions['uniform']) =>
      Object.fromEntries(set(uniform).map(({ path, value }) => [path, value]));
    const expected = { count: 1, scale: -3, 'last[0].x': 5, 'last[0].y': 9, 'last[1].x': 0 };
    expect(
      valuesOf({ params: [1, 2], 'params.last': [5, 6], 'params.last[0].y': 9, 'params.scale': -3 }),
    ).toMatchObject(expected);
    expect(valuesOf({ params: { count: 1, scale: -3, last: [5, 6], 'last[0]': { y: 9 } } })).toMatchObject(
      expected,
    );
  });

  it.each<[string, BenchOptions['uniform'], string]>([
    ['no values', {}, 'uniform block params has no values (count u32, scale f32'],
    ['an unknown member', { params: { counts: 1 } }, 'has no counts; its words are count u32'],
    ['too many values', { 'params.origin': [1, 2, 3, 4] }, 'params.origin takes 3 values, 4 were given'],
    ['another type', { params: { f32: 1 } }, 'params.count is u32, but its value was given as f32'],
    ['a fraction', { params: { count: 1.5 } }, 'params.count is u32, which cannot hold 1.5'],
    ['a negative count', { params: { count: -1 } }, 'params.count is u32, which cannot hold -1'],
  ])('are refused with %s', (_, uniform, reason) => {
    expect(() => set(uniform)).toThrow(reason);
  });
});

describe('the grid', () => {
  const grid = (options: object, elements = 100, values = new Map<string, number>()) =>
    gridOf(module, 'main', values, options, elements, 65_535);

  it('covers all threads with groups whose size follows the overrides', () => {
    expect(grid({ threads: [1000] })).toEqual({ workgroup: [8, 4, 1], groups: [32, 1, 1] });
    expect(grid({ threads: [1000] }, 0, new Map([['TILE', 16]])).groups).toEqual([8, 1, 1]);
    expect(grid({ threads: [20, 20] }).groups).toEqual([3, 5, 1]);
    expect(grid({}).groups).toEqual([4, 1, 1]);
    expect(grid({ groups: [5, 6] }).groups).toEqual([5, 6, 1]);
  });

  it('of more groups than one dimension takes is folded into two, or refused where dimensions were named', () => {
    const [x, y, z] = grid({ threads: [32 * 70_000] }).groups;
    expect({ enough: x * y >= 70_000, z }).toEqual({ enough: true, z: 1 });
    expect(() => grid({ groups: [70_000] })).toThrow(
      '70000 workgroups are more than this adapter takes, 65535',
    );
  });

  it('needs an entry point that is there, named where there are several', () => {
    expect(() => entryOf(module, undefined)).toThrow('pick one: entry: main | other');
    expect(() => entryOf(module, 'none')).toThrow("no compute entry point 'none'; it has main, other");
    expect(() => entryOf(scan('fn f() {}'), undefined)).toThrow('no entry point');
  });
});

describe('what the bench cannot read', () => {
  it('is refused with the option that mends it', () => {
    const reading = () => orKernelError(() => evaluator(module, new Map())('DEPTH'));
    expect(reading).toThrow(KernelError);
    expect(reading).toThrow('DEPTH has no value; give it one with set: { DEPTH: … }');
  });
});

describe('the setup', () => {
  const saxpy = scan(`
override SCALE: f32;
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<storage, read> index: array<u32>;
@group(1) @binding(2) var<uniform> unused: vec4<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  y[index[id.x]] += SCALE * x[id.x];
}`);
  const setup = (options: BenchOptions, values = new Map([['SCALE', 2]])) =>
    setupOf(saxpy, values, { ...checkOptions(options), mostGroups: 65_535, mostBytes: 2 ** 27 });

  it('takes what is not said from the shader and from the first buffer that is shaped', () => {
    const { buffers, blocks, grid, constants } = setup({ bind: { x: new Float32Array([3, 4, 5]) } });
    expect(
      buffers.map(({ name, writable, fill, data }) => [name, writable, fill, data.type, data.shape]),
    ).toEqual([
      ['x', false, 'given', 'f32', [3]],
      ['y', true, 'zeros', 'f32', [3]],
      ['index', false, 'arange', 'u32', [3]],
    ]);
    expect([...valuesOf(buffers[0].data)]).toEqual([3, 4, 5]);
    expect({ blocks, groups: grid.groups, constants }).toEqual({
      blocks: [],
      groups: [1, 1, 1],
      constants: { SCALE: 2 },
    });
    expect(setup({}).buffers[0].data.shape).toEqual([2 ** 18]);
  });

  it('has given arrays in the type and shape that were asked for', () => {
    const fill = new Int32Array([1, 2, 3, 4]);
    const [x] = setup({ bind: { x: { type: 'f32', shape: [2, 2], fill } } }).buffers;
    fill[0] = 9; // it was copied
    expect(x.data).toMatchObject({ type: 'f32', shape: [2, 2] });
    expect([...valuesOf(x.data)]).toEqual([1, 2, 3, 4]);
    expect(() => setup({ bind: { x: { shape: [5], fill } } })).toThrow(
      'x holds i32[4], but [5] was asked for',
    );
  });

  it.each<[string, BenchOptions, string]>([
    [
      'a buffer that is not there',
      { bind: { z: {} } },
      'bind.z: z is no storage buffer of the file; used are x',
    ],
    [
      'a block that is not used',
      { uniform: { unused: 1 } },
      'is declared, but the entry point does not use it',
    ],
    [
      'a result that is not there',
      { expect: { z: new Float32Array(1) } },
      'expect.z: z is no storage buffer',
    ],
  ])('is refused with %s', (_, options, reason) => {
    expect(() => setup(options)).toThrow(reason);
  });

  it('needs a value for each override that has none', () => {
    expect(() => setup({}, new Map())).toThrow('override SCALE has no value of its own: set: { SCALE: … }');
  });
});

describe('options', () => {
  it.each<[BenchOptions, string]>([
    [{ threads: 0 }, 'threads 0: expected a whole number from 1'],
    [{ groups: [1, 2, 3, 4] }, 'groups 1,2,3,4: expected one to three numbers'],
    [{ threads: 1, groups: 1 }, 'give one of the two'],
    [{ seed: -1 }, 'seed -1: expected a whole number from 0 to 4294967295'],
    [{ repeat: 0.5 }, 'repeat 0.5: expected a whole number from 1'],
    [{ tolerance: Number.NaN }, 'tolerance NaN: expected a number from 0'],
    [{ sweep: { T: [] } }, 'sweep.T []: expected one number or more'],
    [{ bind: { x: { shape: [2, 0] } } }, 'bind.x.shape [2,0]: expected whole numbers from 1'],
  ])('%j is refused with the reason', (options, reason) => {
    expect(() => checkOptions(options)).toThrow(reason);
  });

  it('of programs without types are refused where they cannot be read', () => {
    const checked = (options: unknown) => () => checkOptions(options as BenchOptions);
    expect(checked({ bind: { x: [1, 2] } })).toThrow(
      'bind.x 1,2: expected { type, shape, fill }, or a typed array',
    );
    expect(checked({ uniform: { p: { n: null } } })).toThrow('uniform.p.n null: expected numbers');
    expect(checked({ uniform: { p: [1, '2'] } })).toThrow('uniform.p 2: expected numbers');
  });

  it('refuse arrays of other kinds than buffers hold', () => {
    const doubles: object = new Float64Array(2);
    expect(() => checkOptions({ bind: { x: doubles } })).toThrow(
      'an array of Float64Array: expected Float32Array',
    );
  });
});
