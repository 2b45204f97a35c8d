// out[z, m, n] = Σ_k a[z, m, k] * b[z, k, n] (+ bias[n]), any strides. With SQUARED: Σ_k a² * b².
// Called by src/ops/matmul/product.ts for products that take less time than a launch, on CPU adapters: one short kernel for
// all of them, where the others have one to compile for each way that operands lie.
// Thread t computes four neighbouring columns of a row, columns fastest; what lies over an edge is not stored.

//#import index
//#import epilogue
//#import product

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
  let tile = flat_thread(group, groups, local, 8u);
  let row = tile / columns;
  let z = row / params.m;
  if (z >= params.batch * params.parts) { return; }
  let part = part_of(z);
  let column0 = (tile % columns) * 4u;
  let a_at = part.batch * params.a_batch + part.first * params.a_k + (row % params.m) * params.a_m;
  let b_at = part.batch * params.b_batch + part.first * params.b_k;
  let across = min(vec4<u32>(column0, column0 + 1u, column0 + 2u, column0 + 3u), vec4<u32>(params.n - 1u));
  let starts = b_at + across * params.b_n;

  var total = vec4<f32>();
  for (var k0 = 0u; k0 < part.steps; k0 += CHAIN) {
    let end = min(k0 + CHAIN, part.steps);
    var sum = vec4<f32>();
    for (var k = k0; k < end; k++) {
      let at = starts + k * params.b_k;
      let right = vec4<f32>(b[at.x], b[at.y], b[at.z], b[at.w]);
      sum = fma(squared(vec4<f32>(a[a_at + k * params.a_k])), squared(right), sum);
    }
    total += sum;
  }
  let y = rectified(total + bias_at(column0));
  for (var j = 0u; j < min(4u, params.n - column0); j++) { out[row * params.n + column0 + j] = y[j]; }
}
