import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { UniformError, WgslError } from '../../runtime/errors';
import type { Uniforms } from '../../runtime/kernel';
import { checkUniforms } from '../../runtime/uniform-check';
import { expandAllImports } from '../../runtime/wgsl/all-imports';
import { paramsOf } from '../../runtime/wgsl/params';

const BOUND = '@group(0) @binding(0) var<uniform> params: Params;';
const SHADER = `// struct Params { nothing: u32 } is not it
const LENGTH = 2u;
struct Walk { start: i32, step: u32 }
struct Params {
  count: u32, // of elements
  scale: f32,
  walk: Walk,
  steps: array<vec4<u32>, 2>,
  shift: vec3<f32>, last: u32,
}
${BOUND}
fn f() -> u32 { return params.count; }`;
const GOOD = {
  count: 3,
  scale: 0.5,
  walk: { start: -1, step: 2 },
  steps: [1, 2, 3, 4, 5, 6, 7, 8],
  shift: [0.1, 0.2, 0.3],
  last: 9,
};
const layout = paramsOf(SHADER);
const check = (uniforms: Uniforms) => () => checkUniforms('made up', layout, uniforms);

describe('the layout of a uniform block', () => {
  test('follows WGSL’s rules for structs, arrays and vectors', () => {
    const places = Object.fromEntries(layout.members.map(({ name, words }) => [name, words]));
    expect(places).toEqual({
      count: [0],
      scale: [1],
      walk: [],
      steps: [4, 5, 6, 7, 8, 9, 10, 11],
      shift: [12, 13, 14],
      last: [15],
    });
    expect(layout.members[2].members?.map(({ name, words }) => [name, words])).toEqual([
      ['start', [2]],
      ['step', [3]],
    ]);
    expect(layout.words).toBe(16);
  });

  test('of a shader without one is of no members, and a vector in its place is refused', () => {
    expect(paramsOf('fn f() {}').members).toEqual([]);
    const vector = () => paramsOf('@group(0) @binding(0) var<uniform> count: vec4<u32>;');
    expect(vector).toThrow(WgslError);
    expect(vector).toThrow('the uniform block is a vec4<u32>; make it a struct');
  });

  test.each(readdirSync('shaders').filter((file) => file.endsWith('.wgsl') && file !== 'task_map.wgsl'))(
    'of %s is read, every member with a place of its own',
    (file) => {
      const code = expandAllImports(readFileSync(`shaders/${file}`, 'utf8'));
      const { members, words } = paramsOf(code);
      const flat = members.flatMap((member) => member.members ?? [member]).flatMap((member) => member.words);
      expect(flat.length).toBeGreaterThan(0);
      expect(new Set(flat).size).toBe(flat.length);
      expect(Math.max(...flat)).toBeLessThan(words);
    },
  );
});

describe('uniforms that do not fit the struct', () => {
  test('are those whose names, order, types or lengths differ', () => {
    expect(check(GOOD)).not.toThrow();
    const { count, ...rest } = GOOD;
    expect(check(rest)).toThrow(UniformError);
    expect(check({ ...rest, count })).toThrow(
      'kernel made up: the uniforms are scale, walk, steps, shift, last, count, the struct of the shader has count, scale, walk, steps, shift, last, in this order',
    );
    expect(check({ ...GOOD, more: 1 })).toThrow(
      'the uniforms are count, scale, walk, steps, shift, last, more',
    );
    expect(check({ ...GOOD, count: 1.5 })).toThrow('uniform count is 1.5, which is no u32');
    expect(check({ ...GOOD, count: -1 })).toThrow('uniform count is -1, which is no u32');
    expect(check({ ...GOOD, count: Number.NaN })).toThrow('uniform count is NaN, which is no u32');
    expect(check({ ...GOOD, scale: Number.NaN })).not.toThrow();
    expect(check({ ...GOOD, scale: [1, 2] })).toThrow('uniform scale is 2 numbers, f32 has 1');
    expect(check({ ...GOOD, shift: 1 })).toThrow('uniform shift is one number, vec3<f32> has 3');
    expect(check({ ...GOOD, steps: [1, 2, 3] })).toThrow(
      'uniform steps is 3 numbers, array<vec4<u32>,2> has 8',
    );
    expect(check({ ...GOOD, walk: { step: 2, start: -1 } })).toThrow(
      'the members of walk are step, start, the struct of the shader has start, step, in this order',
    );
    expect(check({ ...GOOD, walk: { start: 0.5, step: 2 } })).toThrow(
      'uniform walk.start is 0.5, which is no i32',
    );
    expect(check({ ...GOOD, walk: 3 })).toThrow('uniform walk is 3, the shader expects a struct');
  });
});
