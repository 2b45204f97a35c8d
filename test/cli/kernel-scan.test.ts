import { describe, expect, it } from 'vitest';
import { blockBytes, setWords } from '../../src/cli/kernel/block';
import { evaluate } from '../../src/cli/kernel/expression';
import { entryOf, evaluator, launchOf } from '../../src/cli/kernel/launch';
import { layoutOf } from '../../src/cli/kernel/layout';
import { splitTopLevel, withoutComments } from '../../src/cli/kernel/lexing';
import { asksLength, reachable, scan } from '../../src/cli/kernel/scan';
import { parseUniform } from '../../src/cli/kernel/spec';

const SHADER = `
enable f16; // fn not_here() {}
/* @group(9) /* nested */ @binding(9) var<storage> hidden: array<f32>; */
alias Quad = vec4<f32>;
const SLOT = 1;
override TILE: u32 = 8u;
@id(7) override DEPTH : i32;
override AREA = TILE * (TILE + 1u);
struct Params { @align(16) count: u32, scale: f32, origin: vec3<f32>, @size(32) last: array<vec2<u32>, 2>, }
const_assert TILE_MAX > 0;
const TILE_MAX = 0x10u;
@group(0) @binding(0) var<uniform> params: Params;
@binding(SLOT) @group(0) var<storage, read_write>
  out : array< vec4<f32> > ;
@group(0) @binding(2) var<storage> x: array<Quad>;
@group(2) @binding(0) var picture: texture_2d<f32>;
var<workgroup> parts: array<f32, 64>;
fn helper(i: u32) -> f32 { if (i < arrayLength(&x)) { return x[i].x; } return 0.0; }
@compute @workgroup_size(TILE, TILE / 2u, 1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  out[id.x].x = helper(id.x) * f32(AREA);
}
@workgroup_size(64) @compute
fn other() { out[0] = vec4<f32>(params.scale); }
`;
const module = scan(SHADER);

describe('the WGSL scanner', () => {
  it('reads bindings in any order of attributes, over lines, and none of comments', () => {
    expect([...module.bindings.values()]).toEqual([
      { name: 'params', group: '0', binding: '0', space: 'uniform', writable: false, type: 'Params' },
      {
        name: 'out',
        group: '0',
        binding: 'SLOT',
        space: 'storage',
        writable: true,
        type: 'array<vec4<f32>>',
      },
      { name: 'x', group: '0', binding: '2', space: 'storage', writable: false, type: 'array<Quad>' },
      {
        name: 'picture',
        group: '2',
        binding: '0',
        space: 'handle',
        writable: false,
        type: 'texture_2d<f32>',
      },
    ]);
  });

  it('reads entry points with the expressions of their workgroup size', () => {
    expect([...module.entries]).toEqual([
      ['main', ['TILE', 'TILE / 2u', '1']],
      ['other', ['64']],
    ]);
  });

  it('reads overrides with their number and what they are by themselves', () => {
    expect([...module.overrides.values()]).toEqual([
      { name: 'TILE', key: 'TILE', initial: '8u' },
      { name: 'DEPTH', key: '7', initial: undefined },
      { name: 'AREA', key: 'AREA', initial: 'TILE * (TILE + 1u)' },
    ]);
  });

  it('follows what an entry point uses through functions and constants', () => {
    const used = reachable(module, 'main');
    for (const name of ['out', 'x', 'helper', 'AREA', 'TILE', 'Quad']) expect(used).toContain(name);
    for (const name of ['params', 'picture', 'other', 'DEPTH']) expect(used).not.toContain(name);
    expect(reachable(module, 'other')).toContain('params');
  });

  it('knows of which buffers the length is asked for', () => {
    const used = reachable(module, 'main');
    expect([asksLength(module, used, 'x'), asksLength(module, used, 'out')]).toEqual([true, false]);
    expect(asksLength(module, reachable(module, 'other'), 'x')).toBe(false);
    const passed = scan('fn f(p: ptr<storage, array<f32>>) -> u32 { return arrayLength(p); }');
    expect(asksLength(passed, new Set(['f']), 'anything')).toBe(true);
  });

  it('keeps lines where they are when it takes comments out', () => {
    const text = 'a // b\n/* c\n/* d */ e\n*/ f /* g */ h';
    expect(
      withoutComments(text)
        .split('\n')
        .map((line) => line.replace(/\s+/g, ' ').trim()),
    ).toEqual(['a', '', '', 'f h']);
    expect(splitTopLevel('a: array<vec4<f32>, 2>, b(c, d), ', '<>')).toEqual([
      'a: array<vec4<f32>, 2>',
      'b(c, d)',
    ]);
  });

  it('does not stumble over a text that is no WGSL', () => {
    expect(() => scan('@group(0 @binding var<uniform> }}} fn ( struct { override = ;;')).not.toThrow();
  });
});

describe('constant expressions', () => {
  const none = () => undefined;
  it.each([
    ['64', 64],
    ['0x10u', 16],
    ['2 + 3 * 4', 14],
    ['(2 + 3) * 4', 20],
    ['7u / 2u', 3],
    ['7.5 / 2.5', 3],
    ['10 - 4 - 3', 3],
    ['1 << 5', 32],
    ['-3 % 2', -1],
    ['u32(6.9) + 1.5e1f', 21],
    ['true', 1],
  ])('%s is %d', (text, value) => {
    expect(evaluate(text, new Map(), none)).toBe(value);
  });

  it('take the value that a name was given before its own', () => {
    expect(evaluator(module, new Map())('AREA')).toBe(72);
    expect(evaluator(module, new Map([['TILE', 4]]))('AREA + TILE_MAX')).toBe(36);
  });

  it.each([
    ['DEPTH', 'DEPTH has no value; give it one with --set DEPTH=…'],
    ['max(1, 2)', 'only numbers'],
    ['2 +', 'it ends too early'],
    ['(2', "a ')' is missing"],
    ['2 3', "'3' is not expected"],
  ])('%s is refused with the reason', (text, reason) => {
    expect(() => evaluator(module, new Map())(text)).toThrow(reason);
  });

  it('that lead round in a circle are refused', () => {
    expect(() => evaluator(scan('const A = B; const B = A;'), new Map())('A')).toThrow('by way of itself');
  });
});

// Offsets by the table of the WGSL specification's section on memory layout.
describe('memory layout', () => {
  const layout = (type: string) => layoutOf(type, module, evaluator(module, new Map()));

  it('of a struct aligns members, and honours @align and @size', () => {
    const { size, align, words } = layout('Params');
    expect({ size, align }).toEqual({ size: 64, align: 16 });
    expect(words.map(({ path, offset }) => `${path}@${offset}`)).toEqual([
      ...['count@0', 'scale@4', 'origin.x@16', 'origin.y@20', 'origin.z@24'],
      ...['last[0].x@32', 'last[0].y@36', 'last[1].x@40', 'last[1].y@44'],
    ]);
  });

  it.each([
    ['vec3f', 12, 16],
    ['array<vec3<f32>,4>', 64, 16],
    ['mat3x2<f32>', 24, 8],
    ['mat4x3f', 64, 16],
    ['array<array<f16,3>,2>', 12, 2],
    ['atomic<u32>', 4, 4],
    ['vec2h', 4, 4],
  ])('of %s is %d bytes aligned to %d', (type, size, align) => {
    expect(layout(type)).toMatchObject({ size, align });
  });

  it('of a runtime-sized array gives the stride of its elements', () => {
    expect(layout('array<Quad>').elements).toEqual({ stride: 16, scalar: 'f32' });
    const list = scan('struct L { n: atomic<u32>, items: array<vec3<i32>> }');
    const evaluateIn = evaluator(list, new Map());
    expect(layoutOf('L', list, evaluateIn)).toMatchObject({
      size: 16,
      elements: { stride: 16, scalar: 'i32' },
    });
  });

  it('of a type that no buffer holds is refused by name', () => {
    expect(() => layout('array<bool>')).toThrow("does not know the type 'bool'");
  });
});

describe('uniform blocks', () => {
  const layout = layoutOf('Params', module, evaluator(module, new Map()));
  const set = (...specs: string[]) => setWords('params', layout, specs.map(parseUniform));

  it('hold words in order, at their offsets, each as its type', () => {
    const bytes = blockBytes(layout, set('params=u32:7,f32:0.5,1,2,3'));
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(64);
    expect([view.getUint32(0, true), view.getFloat32(4, true)]).toEqual([7, 0.5]);
    expect([16, 20, 24, 32].map((offset) => view.getFloat32(offset, true))).toEqual([1, 2, 3, 0]);
  });

  it('can be set by member, later ones over earlier ones', () => {
    const words = set('params=1,2', 'params.last=5,6', 'params.last[0].y=9', 'params.scale=-3');
    const values = Object.fromEntries(words.map(({ path, value }) => [path, value]));
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
