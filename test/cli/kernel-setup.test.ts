import { describe, expect, it } from 'vitest';
import { evaluator } from '../../runtime/wgsl/expression';
import { layoutOf } from '../../runtime/wgsl/layout';
import { scan } from '../../runtime/wgsl/scan';
import { blockBytes, setScalars } from '../../src/cli/kernel/block';
import { KernelError, orInBenchWords } from '../../src/cli/kernel/errors';
import { entryOf, launchOf } from '../../src/cli/kernel/launch';
import { parseUniform } from '../../src/cli/kernel/spec';

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
  const set = (...specs: string[]) => setScalars('params', layout, specs.map(parseUniform));

  it('hold numbers in order, at their offsets, each as its type', () => {
    const bytes = blockBytes(layout, set('params=u32:7,f32:0.5,1,2,3'));
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(64);
    expect([view.getUint32(0, true), view.getFloat32(4, true)]).toEqual([7, 0.5]);
    expect([16, 20, 24, 32].map((offset) => view.getFloat32(offset, true))).toEqual([1, 2, 3, 0]);
  });

  it('can be set by member, later ones over earlier ones', () => {
    const scalars = set('params=1,2', 'params.last=5,6', 'params.last[0].y=9', 'params.scale=-3');
    const values = Object.fromEntries(scalars.map(({ path, value }) => [path, value]));
    expect(values).toMatchObject({ count: 1, scale: -3, 'last[0].x': 5, 'last[0].y': 9, 'last[1].x': 0 });
  });

  it.each([
    ['no values', [], 'uniform block params has no values (count u32, scale f32'],
    ['an unknown member', ['params.counts=1'], 'has no counts; its words are count u32'],
    ['too many values', ['params.origin=1,2,3,4'], 'params.origin takes 3 values, 4 were given'],
    ['another type', ['params=f32:1'], 'params.count is u32, but its value was given as f32'],
    ['a fraction', ['params.count=1.5'], 'params.count is u32, which cannot hold 1.5'],
    ['a negative count', ['params.count=-1'], 'params.count is u32, which cannot hold -1'],
  ])('are refused with %s', (_, specs, reason) => {
    expect(() => set(...specs)).toThrow(reason);
  });
});

describe('the launch', () => {
  const launch = (options: object, elements = 100, values = new Map<string, number>()) =>
    launchOf(module, 'main', values, options, elements, 65_535);

  it('covers all threads with groups whose size follows the overrides', () => {
    expect(launch({ threads: [1000] })).toEqual({ workgroup: [8, 4, 1], groups: [32, 1, 1] });
    expect(launch({ threads: [1000] }, 0, new Map([['TILE', 16]])).groups).toEqual([8, 1, 1]);
    expect(launch({ threads: [20, 20] }).groups).toEqual([3, 5, 1]);
    expect(launch({}).groups).toEqual([4, 1, 1]);
    expect(launch({ groups: [5, 6] }).groups).toEqual([5, 6, 1]);
  });

  it('of more groups than one dimension takes is folded into two, or refused where dimensions were named', () => {
    const [x, y, z] = launch({ threads: [32 * 70_000] }).groups;
    expect({ enough: x * y >= 70_000, z }).toEqual({ enough: true, z: 1 });
    expect(() => launch({ groups: [70_000] })).toThrow(
      '70000 workgroups are more than this adapter takes, 65535',
    );
  });

  it('needs an entry point that is there, named where there are several', () => {
    expect(() => entryOf(module, undefined)).toThrow('pick one: --entry main | other');
    expect(() => entryOf(module, 'none')).toThrow("no compute entry point 'none'; it has main, other");
    expect(() => entryOf(scan('fn f() {}'), undefined)).toThrow('no entry point');
  });
});

describe('what the bench cannot read', () => {
  it('is refused with the option that mends it', () => {
    const reading = () => orInBenchWords(() => evaluator(module, new Map())('DEPTH'));
    expect(reading).toThrow(KernelError);
    expect(reading).toThrow('DEPTH has no value; give it one with --set DEPTH=…');
  });
});
