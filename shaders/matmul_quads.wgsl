// out[z, m, n] = Σ_k a[z, m, k] * b[z, k, n] (+ bias[n]), strides as in matmul_register.wgsl, k a multiple of four.
// With SQUARED: Σ_k a² * b². Called by src/ops/matmul/product.ts on SwiftShader, where each number that a lane reads costs as much
// as ten multiplications, and a swap in a quad next to nothing: each of four lanes reads other rows of a, and they swap them.
// src/ops/matmul/quads.ts writes the regions out. What stands here is the plainest form, a row for each lane of a quad.
// A workgroup is one subgroup and computes ROWS × 4 LANES outputs, four neighbouring columns a lane, each lane its rows in
// another order; rows of workgroups fastest, so that what one reads of b serves the next too. What lies over an edge is not
// stored. Where that is less work, a and b come exchanged, and out is stored as [z, n, m].

enable subgroups;

//#import index
//#import bias
//#import product
//#import told_epilogue

const CHAIN = 64u; // steps of k that are added up by themselves

//#begin operands
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
const ROWS = 4u;
const LANES = 4u;
//#end

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let columns = (params.n + 4u * LANES - 1u) / (4u * LANES);
  let rows = (params.m + ROWS - 1u) / ROWS;
  let tile = flat_group(group, groups);
  let z = tile / (columns * rows);
  if (z >= params.batch * params.parts) { return; }
  let part = part_of(z);
  let row0 = (tile % rows) * ROWS;
  let column0 = ((tile / rows) % columns) * 4u * LANES + 4u * lane;
  let a_start = part.batch * params.a_batch + part.first * params.a_k;
  let b_start = part.batch * params.b_batch + part.first * params.b_k;
  let out_start = (z * params.m + row0) * params.n + column0;
  let last_row = params.m - 1u;
  let last_column = params.n - 1u;
  let a_step = params.a_k;
  let b_step = params.b_k;

//#begin start
  let as0 = (a_start + min(row0 + (lane & 3u), last_row) * params.a_m) / 4u;
  let bs0 = b_start + min(column0, last_column) * params.b_n;
  var c0 = vec4<f32>(); var t0 = vec4<f32>();
//#end
  for (var k0 = 0u; k0 < part.steps; k0 += CHAIN) {
    let end = min(k0 + CHAIN, part.steps);
    for (var k = k0; k < end; k += 4u) {
      let quad = k >> 2u; // SwiftShader divides lane by lane
//#begin step
      let a0 = squared(a[as0 + quad]);
      c0 = fma(vec4<f32>(quadSwapX(a0.x)), squared(vec4<f32>(b[bs0 + k * b_step])), c0);
//#end
    }
//#begin fold
    t0 += c0; c0 = vec4<f32>();
//#end
  }
//#begin store
  if (column0 <= last_column) { out[out_start] = rectified(t0 + bias_at(column0)).x; }
//#end
}
