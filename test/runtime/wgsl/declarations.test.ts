import { describe, expect, it } from 'vitest';
import { WgslError } from '../../../runtime/errors';
import { evaluate, evaluator } from '../../../runtime/wgsl/expression';
import { layoutOf } from '../../../runtime/wgsl/layout';
import { splitTopLevel, withoutComments } from '../../../runtime/wgsl/lexing';
import { asksLength, reachable, scan } from '../../../runtime/wgsl/scan';

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
    ['DEPTH', "value of 'DEPTH': DEPTH has no value"],
    ['max(1, 2)', 'only numbers'],
    ['2 +', 'it ends too early'],
    ['(2', "a ')' is missing"],
    ['2 3', "'3' is not expected"],
  ])('%s is refused with the reason', (text, reason) => {
    expect(() => evaluator(module, new Map())(text)).toThrow(reason);
  });

  it('tell the name that has no value, so that whoever can give it one may be told how', () => {
    const reading = () => evaluator(module, new Map())('2 * DEPTH');
    expect(reading).toThrow(WgslError);
    expect(reading).toThrow(expect.objectContaining({ code: 'WGSL', unvalued: 'DEPTH' }));
  });

  it('that lead round in a circle are refused', () => {
    expect(() => evaluator(scan('const A = B; const B = A;'), new Map())('A')).toThrow('by way of itself');
  });
});

// Offsets by the table of the WGSL specification's section on memory layout.
describe('memory layout', () => {
  const layout = (type: string) => layoutOf(type, module, evaluator(module, new Map()));

  it('of a struct aligns members, and honours @align and @size', () => {
    const { size, align, scalars } = layout('Params');
    expect({ size, align }).toEqual({ size: 64, align: 16 });
    expect(scalars.map(({ path, offset }) => `${path}@${offset}`)).toEqual([
      'count@0',
      'scale@4',
      'origin.x@16',
      'origin.y@20',
      'origin.z@24',
      'last[0].x@32',
      'last[0].y@36',
      'last[1].x@40',
      'last[1].y@44',
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
    expect(() => layout('array<bool>')).toThrow("'bool' is no type that buffers hold");
  });
});
