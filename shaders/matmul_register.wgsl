// out[z, m, n] = Σ_k a[z, m, k] * b[z, k, n] (+ bias[n]), any strides, so that transposes are free.
// With SQUARED: Σ_k a² * b², the squares of rank-one per-sample gradients summed over samples k.
// Called by src/ops/matmul/product.ts on CPU adapters; matmul_shared.wgsl is its twin for GPUs. Software adapters pay for each
// load, not for its width: src/ops/matmul/register.ts writes the regions out so that operands are read as vec4
// along k, or along m or n, wherever their strides allow it. What stands here is the plainest form, one row a thread.
// Thread t computes tile t of ROWS × 8 outputs in registers, columns fastest; what lies over an edge is not stored.

//#import index
//#import bias
//#import product
//#import told_epilogue

const CHAIN = 64u; // steps of k that are added up by themselves

//#begin operands
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
const ROWS = 1u;
const STEP = 1u;
//#end

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let columns = (params.n + 7u) / 8u;
  let rows = (params.m + ROWS - 1u) / ROWS;
  let tile = flat_thread(group, groups, local, 8u);
  let z = tile / (columns * rows);
  if (z >= params.batch * params.parts) { return; }
  let part = part_of(z);
  let row0 = ((tile / columns) % rows) * ROWS;
  let column0 = (tile % columns) * 8u;
  let a_start = part.batch * params.a_batch + part.first * params.a_k;
  let b_start = part.batch * params.b_batch + part.first * params.b_k;
  let out_start = (z * params.m + row0) * params.n + column0;
  let last_row = params.m - 1u;
  let last_column = params.n - 1u;

//#begin start
  let row = a_start + row0 * params.a_m;
  var c0_0 = vec4<f32>(); var t0_0 = vec4<f32>();
//#end
  for (var k0 = 0u; k0 < part.steps; k0 += CHAIN) {
    let end = min(k0 + CHAIN, part.steps);
    for (var k = k0; k < end; k += STEP) {
//#begin step
      let column = b_start + min(column0, last_column) * params.b_n + k * params.b_k;
      c0_0 = fma(squared(vec4<f32>(a[row + k * params.a_k])), squared(vec4<f32>(b[column])), c0_0);
//#end
    }
//#begin fold
    t0_0 += c0_0; c0_0 = vec4<f32>();
//#end
  }
  let shift_left = bias_at(column0);
  let shift_right = bias_at(column0 + 4u);
//#begin store
  out[out_start] = rectified(t0_0 + shift_left + shift_right).x;
//#end
}
