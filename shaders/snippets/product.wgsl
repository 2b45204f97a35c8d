// What the kernels of a matrix product share: sizes and strides, the bias of four columns, squaring of operands.
// Imported by shaders/matmul_*.wgsl, after bias: `//#import product`.
// A long k falls into parts of part_k steps, whose products are stored one by one: [batch, parts, m, n]. Within a part the
// kernels add up chains of 32 or 64 steps, and then the chains: a single long chain of additions would lose digits.
// Bindings 1 to 3 (out, a, b) are declared by the kernel, as the types it reads them by.

struct Params {
  m: u32, n: u32, k: u32, batch: u32,
  a_m: u32, a_k: u32, a_batch: u32,
  b_k: u32, b_n: u32, b_batch: u32,
  parts: u32, part_k: u32, biased: u32, rectifies: u32,
}

override SQUARED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;

fn squared(x: vec4<f32>) -> vec4<f32> {
  return select(x, x * x, SQUARED);
}

// Of four neighbouring columns; zero without a bias, and beyond the last column that of the last.
fn bias_at(column: u32) -> vec4<f32> {
  if (params.biased == 0u) { return vec4<f32>(); }
  let at = min(vec4<u32>(column, column + 1u, column + 2u, column + 3u), vec4<u32>(params.n - 1u));
  return vec4<f32>(bias[at.x], bias[at.y], bias[at.z], bias[at.w]);
}

struct Part { batch: u32, first: u32, steps: u32 }

fn part_of(z: u32) -> Part {
  let first = (z % params.parts) * params.part_k;
  return Part(z / params.parts, first, min(params.part_k, params.k - first));
}
