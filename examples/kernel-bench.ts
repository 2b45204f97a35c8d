// One shader alone: whether it is right, how fast it is with each workgroup size, and how a fault in one is found.
import { benchKernel, openGpu } from 'taskgrad';

const COUNT = 1 << 16;

const saxpy = (x: string) => /* wgsl */ `
  // y[i] = a · x[i] + y[i]
  struct Params { count: u32, a: f32 }
  override SIZE: u32 = 64;

  @group(0) @binding(0) var<uniform> params: Params;
  @group(0) @binding(1) var<storage, read> x: array<f32>;
  @group(0) @binding(2) var<storage, read_write> y: array<f32>;

  @compute @workgroup_size(SIZE)
  fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if (i >= params.count) { return; }
    y[i] = params.a * ${x} + y[i];
  }`;

const gpu = await openGpu();
const x = Float32Array.from({ length: COUNT }, (_, i) => i % 100);
const options = {
  bind: { x, y: { shape: [COUNT], fill: 'ones' } },
  uniform: { params: { count: COUNT, a: 2 } },
  expect: { y: x.map((value) => 2 * value + 1) },
  repeat: 3,
} as const;

const { results, fastest } = await benchKernel(gpu, saxpy('x[i]'), {
  ...options,
  sweep: { SIZE: [32, 64, 128, 256] },
});
for (const { combination, timing, findings, trials } of results)
  console.log(
    `SIZE ${combination.SIZE}: ${(1e6 * timing.median).toFixed(0)} µs, ${findings.length} findings in ${trials} trials`,
  );
console.log(`fastest with SIZE ${fastest.combination.SIZE}`);
console.log(`y begins with ${fastest.outputs.y.values.slice(0, 3).join(', ')}`);

// The same with a slip: each thread reads the element behind its own, the last one past the end.
const [slip] = (await benchKernel(gpu, saxpy('x[i + 1u]'), options)).results;
for (const { kind, text } of slip.findings) console.log(`${kind}: ${text}`);
gpu.dispose();
