// out[z, m, n] = Σ_k a[z, m, k] * b[z, k, n] (+ bias[n]), any strides, so that transposes are free.
// With SQUARED: Σ_k a² * b², the squares of rank-one per-sample gradients summed over samples k.
// Called by src/tensor/matmul.ts on GPUs; matmul_register.wgsl is its twin for CPU adapters.
// A workgroup of 16 × 16 threads computes a 64 × 64 tile through workgroup memory, 4 × 4 outputs a thread,
// 16 steps of k at a time. Workgroup g is tile g of the grid of tiles, columns fastest.

//#import index
//#import product

@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;

var<workgroup> a_tile: array<array<f32, 64>, 16>;
var<workgroup> b_tile: array<array<f32, 64>, 16>;

@compute @workgroup_size(16, 16)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_id) thread: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let columns = (params.n + 63u) / 64u;
  let rows = (params.m + 63u) / 64u;
  let tile = flat_group(group, groups);
  let z = tile / (columns * rows);
  let row0 = ((tile / columns) % rows) * 64u;
  let column0 = (tile % columns) * 64u;
  // Neighbouring threads load neighbouring addresses, whichever way an operand is transposed.
  let a_rows_first = params.a_m == 1u;
  let b_rows_first = params.b_k == 1u;

  var total: array<vec4<f32>, 4>;
  for (var k0 = 0u; k0 < params.k; k0 += 16u) {
    for (var i = local; i < 1024u; i += 256u) {
      let am = select(i / 16u, i % 64u, a_rows_first);
      let ak = select(i % 16u, i / 64u, a_rows_first);
      let a_inside = z < params.batch && row0 + am < params.m && k0 + ak < params.k;
      var a_value = 0.0;
      if (a_inside) { a_value = a[z * params.a_batch + (row0 + am) * params.a_m + (k0 + ak) * params.a_k]; }
      a_tile[ak][am] = select(a_value, a_value * a_value, SQUARED);
      let bn = select(i % 64u, i / 16u, b_rows_first);
      let bk = select(i / 64u, i % 16u, b_rows_first);
      let b_inside = z < params.batch && column0 + bn < params.n && k0 + bk < params.k;
      var b_value = 0.0;
      if (b_inside) { b_value = b[z * params.b_batch + (k0 + bk) * params.b_k + (column0 + bn) * params.b_n]; }
      b_tile[bk][bn] = select(b_value, b_value * b_value, SQUARED);
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      let c = 4u * thread.x;
      let row = vec4<f32>(b_tile[k][c], b_tile[k][c + 1u], b_tile[k][c + 2u], b_tile[k][c + 3u]);
      for (var i = 0u; i < 4u; i++) {
        total[i] = fma(vec4<f32>(a_tile[k][4u * thread.y + i]), row, total[i]);
      }
    }
    workgroupBarrier();
  }
  if (z >= params.batch) { return; }
  for (var i = 0u; i < 4u; i++) {
    let m = row0 + 4u * thread.y + i;
    for (var j = 0u; j < 4u; j++) {
      let n = column0 + 4u * thread.x + j;
      if (m < params.m && n < params.n) {
        var value = total[i][j];
        if (BIASED) { value += bias[n]; }
        out[(z * params.m + m) * params.n + n] = value;
      }
    }
  }
}
