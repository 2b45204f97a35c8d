// Factors a diagonal block of up to 32 columns, L[i, k] = (a[i, k] − Σ_{j<k} L[i, j] L[k, j]) / L[k, k], in place.
// Called by src/ops/linalg-kernels.ts; l is [batch, n, n], and corner [batch, 32, 32] gets a copy of L for the panel below.
// Workgroup z takes matrix z, thread i owns row i. A pivot that is not positive becomes NaN, and so all that follows from it.

//#import index

struct Params { n: u32, first: u32, size: u32, batch: u32, nan: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> l: array<f32>;
@group(0) @binding(2) var<storage, read_write> corner: array<f32>;

var<workgroup> rows: array<array<f32, 33>, 32>;

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let z = flat_group(group, groups);
  if (z >= params.batch) { return; }
  let n = params.n;
  let start = (z * n + params.first) * n + params.first + local;
  for (var i = 0u; i < params.size; i++) {
    if (local < params.size) { rows[i][local] = l[start + i * n]; }
  }
  workgroupBarrier();
  // Every thread works out the pivot for itself: one barrier a column is enough then.
  var diagonal = 0.0;
  for (var k = 0u; k < params.size; k++) {
    var pivot = rows[k][k];
    var value = rows[local][k];
    for (var j = 0u; j < k; j++) {
      let shared_value = rows[k][j];
      pivot = fma(-shared_value, shared_value, pivot);
      value = fma(-rows[local][j], shared_value, value);
    }
    let root = select(params.nan, sqrt(pivot), pivot > 0.0);
    if (local == k) { diagonal = root; }
    if (local > k) { rows[local][k] = value / root; }
    workgroupBarrier();
  }
  rows[local][local] = diagonal;
  workgroupBarrier();
  if (local >= params.size) { return; }
  for (var i = 0u; i < params.size; i++) {
    let value = select(0.0, rows[i][local], local <= i);
    l[start + i * n] = value;
    corner[(z * 32u + i) * 32u + local] = value;
  }
}
