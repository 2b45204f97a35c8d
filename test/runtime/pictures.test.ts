import { expect, test } from 'vitest';
import { shownIn, stripsOf } from '../../runtime/pictures';
import texel from '../../shaders/snippets/texel.wgsl';
import { useGpu } from '../use-gpu';

const device = useGpu();

const SOURCE = `${texel}
struct Params { quads: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var y: texture_storage_2d<rgba32float, read>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.quads) { return; }
  out[id.x] = textureLoad(x, texel(id.x)) - 2.0 * textureLoad(y, texel(id.x));
}`;
const KERNEL = { name: 'test.pictures', source: SOURCE };

test('the buffers that a kernel sees as textures are those it declares so', () => {
  expect(shownIn(SOURCE)).toEqual([1, 2]);
});

test('a matrix is seen as strips of 64 columns, one below another, over the end of a layer', async () => {
  const { gpu } = device;
  const { runtime } = gpu;
  const [rows, columns] = [3000, 192];
  const source = `${texel}
struct Params { quads: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var x: texture_storage_2d_array<rgba32float, read>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.quads) { return; }
  let at = texel_of_strips(id.x);
  out[id.x] = textureLoad(x, at.xy, at.z);
}`;
  const x = gpu.arange(rows * columns, { dtype: 'f32' });
  const out = gpu.zeros([rows * columns]);
  runtime.dispatch({
    kernel: { name: 'test.strips', source },
    buffers: [out.buffer, x.buffer],
    written: 1,
    strips: [stripsOf(rows, columns)],
    uniforms: { quads: x.size / 4 },
    groups: Math.ceil(x.size / 256),
  });
  const expected = new Float32Array(x.size);
  let at = 0;
  for (let first = 0; first < columns; first += 64)
    for (let row = 0; row < rows; row++)
      for (let column = first; column < first + 64; column++) expected[at++] = row * columns + column;
  expect(await out.data()).toEqual(expected);
});

test('a matrix no wider than a strip, or not of whole ones, is seen as any other buffer', () => {
  for (const columns of [64, 65, 96]) expect(stripsOf(100, columns)).toBeUndefined();
  expect(stripsOf(100, 128)).toEqual({ rows: 100, columns: 128 });
});

test('a kernel sees all of a buffer in a texture, anew in each dispatch and each replay', async () => {
  const { gpu } = device;
  const { runtime } = gpu;
  const count = 4096 * 2 + 64; // two rows and a part of one
  const numbers = (factor: number) => Float32Array.from({ length: count }, (_, i) => factor * (i + 1));
  const [x, y] = [gpu.tensor(numbers(1), [count]), gpu.tensor(numbers(0.25), [count])];
  const [first, second] = [gpu.zeros([count]), gpu.zeros([count])];
  const run = (out: typeof x, a: typeof x, b: typeof x) =>
    runtime.dispatch({
      kernel: KERNEL,
      buffers: [out.buffer, a.buffer, b.buffer],
      written: 1,
      uniforms: { quads: count / 4 },
      groups: Math.ceil(count / 256),
    });
  const step = () => {
    run(first, x, y);
    run(second, y, first);
  };
  step();
  expect(await first.data()).toEqual(numbers(0.5));
  expect(await second.data()).toEqual(numbers(-0.75));
  const { captured } = runtime.capture(step);
  if (captured instanceof Error) throw captured;
  x.write(numbers(3));
  runtime.replay(captured);
  expect(await first.data()).toEqual(numbers(2.5));
  expect(await second.data()).toEqual(numbers(-4.75));
});
