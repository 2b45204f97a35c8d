// out[z, m, n] = Σ_k a[z, m, k] * b[z, k, n] (+ bias[n]), any strides, so that transposes are free.
// With SQUARED: Σ_k a² * b², the squares of rank-one per-sample gradients summed over samples k.
// Called by src/tensor/matmul.ts on CPU adapters; matmul_shared.wgsl is its twin for GPUs.
// A thread computes ROWS × 8 outputs in registers: without workgroup memory every load is direct, which is what
// software adapters do best. Thread t is tile t of the grid of tiles, columns fastest.

//#import index

struct Params {
  m: u32, n: u32, k: u32, batch: u32,
  a_m: u32, a_k: u32, a_batch: u32, unused0: u32,
  b_k: u32, b_n: u32, b_batch: u32, unused1: u32,
}

override SQUARED: bool = false;
override BIASED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> a: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;

//#begin tile
const ROWS = 8u;
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
  if (z >= params.batch) { return; }
  let row0 = ((tile / columns) % rows) * ROWS;
  let column0 = (tile % columns) * 8u;

  // Rows and columns over the edge read the last valid one and are not stored.
  var a_at: array<u32, ROWS>;
  for (var i = 0u; i < ROWS; i++) {
    a_at[i] = z * params.a_batch + min(row0 + i, params.m - 1u) * params.a_m;
  }
  var b_at: array<u32, 8>;
  for (var j = 0u; j < 8u; j++) {
    b_at[j] = z * params.b_batch + min(column0 + j, params.n - 1u) * params.b_n;
  }
  var total: array<array<vec4<f32>, 2>, ROWS>;
  for (var k = 0u; k < params.k; k++) {
    let bk = k * params.b_k;
    var left = vec4<f32>(b[b_at[0] + bk], b[b_at[1] + bk], b[b_at[2] + bk], b[b_at[3] + bk]);
    var right = vec4<f32>(b[b_at[4] + bk], b[b_at[5] + bk], b[b_at[6] + bk], b[b_at[7] + bk]);
    if (SQUARED) {
      left = left * left;
      right = right * right;
    }
    for (var i = 0u; i < ROWS; i++) {
      var value = a[a_at[i] + k * params.a_k];
      if (SQUARED) { value = value * value; }
      total[i][0] = fma(vec4<f32>(value), left, total[i][0]);
      total[i][1] = fma(vec4<f32>(value), right, total[i][1]);
    }
  }
  // Loops of constant length: the compiler unrolls them, which keeps `total` in registers.
  for (var i = 0u; i < ROWS; i++) {
    let row_start = (z * params.m + row0 + i) * params.n;
    for (var j = 0u; j < 8u; j++) {
      if (row0 + i < params.m && column0 + j < params.n) {
        var value = total[i][j / 4u][j % 4u];
        if (BIASED) { value += bias[column0 + j]; }
        out[row_start + column0 + j] = value;
      }
    }
  }
}
