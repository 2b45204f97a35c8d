// out[z, m, n] = Σ_k a[z, m, k] * b[z, k, n] (+ bias[n]), any strides. With SQUARED: Σ_k a² * b².
// Called by src/ops/matmul/product.ts for products that take less time than a launch, on CPU adapters: one short kernel for
// all of them, where the others have one to compile for each way that operands lie.
// Thread t computes tile t of four rows and four columns, columns fastest; what lies over an edge is not stored.

//#import index
//#import bias
//#import product
//#import told_epilogue

const CHAIN = 32u; // steps of k that are added up by themselves

@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;

@compute @workgroup_size(8)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let columns = (params.n + 3u) / 4u;
  let rows = (params.m + 3u) / 4u;
  let tile = flat_thread(group, groups, local, 8u);
  let z = tile / (columns * rows);
  if (z >= params.batch * params.parts) { return; }
  let part = part_of(z);
  let row0 = ((tile / columns) % rows) * 4u;
  let column0 = (tile % columns) * 4u;
  let next = vec4<u32>(0u, 1u, 2u, 3u);
  let a_start = part.batch * params.a_batch + part.first * params.a_k;
  let b_start = part.batch * params.b_batch + part.first * params.b_k;
  let down = a_start + min(row0 + next, vec4<u32>(params.m - 1u)) * params.a_m;
  let across = b_start + min(column0 + next, vec4<u32>(params.n - 1u)) * params.b_n;

  var totals = array<vec4<f32>, 4>();
  for (var k0 = 0u; k0 < part.steps; k0 += CHAIN) {
    let end = min(k0 + CHAIN, part.steps);
    var sums = array<vec4<f32>, 4>();
    for (var k = k0; k < end; k++) {
      let x = down + k * params.a_k;
      let y = across + k * params.b_k;
      let left = squared(vec4<f32>(a[x.x], a[x.y], a[x.z], a[x.w]));
      let right = squared(vec4<f32>(b[y.x], b[y.y], b[y.z], b[y.w]));
      for (var i = 0u; i < 4u; i++) { //#unroll
        sums[i] = fma(vec4<f32>(left[i]), right, sums[i]);
      }
    }
    for (var i = 0u; i < 4u; i++) { //#unroll
      totals[i] += sums[i];
    }
  }
  let shift = bias_at(column0);
  let last = min(vec2<u32>(params.m - row0, params.n - column0), vec2<u32>(4u));
  let out_start = (z * params.m + row0) * params.n + column0;
  for (var i = 0u; i < last.x; i++) {
    let row = rectified(totals[i] + shift);
    for (var j = 0u; j < last.y; j++) { out[out_start + i * params.n + j] = row[j]; }
  }
}
