// out[z, m, n] = Σ_k a[z, m, k] * b[z, k, n] (+ bias[n]), strides as in matmul_register.wgsl.
// With SQUARED: Σ_k a² * b². Called by src/ops/matmul/product.ts on CPU adapters with subgroups, where a load costs more than
// a shuffle: the lanes of a subgroup read different parts of a, which all of them need, and hand them round.
// src/ops/matmul/lanes.ts writes the regions out. What stands here is the plainest form, one row a workgroup. On lavapipe a
// and b are textures (runtime/pictures.ts): a lane reads four numbers of one by a sixth of the instructions.
// A workgroup is one subgroup and computes ROWS × 4 LANES outputs, four neighbouring columns a lane; rows fastest, so that
// what it reads of b serves the next workgroup too. What lies over an edge is not stored. Where that is less work, a and b
// come exchanged, and out is stored as [z, n, m].

enable subgroups;

//#import index
//#import bias
//#import product
//#import told_epilogue
//#import texel

//#begin operands
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> b: array<vec4<f32>>;
const ROWS = 1u;
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
  let last_k = part.steps - 1u;

//#begin start
  let as0 = a_start + row0 * params.a_m;
  let bs0 = b_start + min(column0, last_column - 3u);
  var c0 = vec4<f32>(); var t0 = vec4<f32>();
//#end
//#begin steps
  for (var span = 0u; span < part.steps; span += 4u * LANES) {
    let end = min(span + 4u * LANES, part.steps);
    let a0 = squared(a[(as0 + span) / 4u + lane]);
    for (var k = span; k < end; k += 4u) {
      let q0 = subgroupShuffle(a0, (k - span) / 4u);
      c0 = fma(vec4<f32>(q0.x), squared(b[(bs0 + k * params.b_k) / 4u]), c0);
    }
    t0 += c0; c0 = vec4<f32>();
  }
//#end
//#begin store
  if (column0 <= last_column) { out[out_start] = rectified(t0 + bias_at(column0)).x; }
//#end
}
