// out[i, j] −= Σ_k left[i, k] * right[k, j] for up to 32 steps of k; out and right are parts of x that do not meet.
// Called by src/ops/linalg-kernels.ts: what a solved block leaves for the rows after it, and the trailing part of Cholesky,
// where left is a part of x too. With LOWER, tiles above the diagonal are left out.
// A workgroup of 8 × 8 threads computes a 32 × 32 tile, 4 × 4 outputs a thread. Workgroup g is tile g, columns fastest.

//#import index

struct Operand { start: i32, row: i32, column: i32, batch: i32 }
struct Params {
  rows: u32, columns: u32, depth: u32, batch: u32,
  left: Operand, right: Operand, out: Operand,
}

override LOWER: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
//#unless left
@group(0) @binding(2) var<storage, read> left: array<f32>;
fn left_at(at: i32) -> f32 { return left[at]; }
//#end

var<workgroup> left_tile: array<array<f32, 33>, 32>;
var<workgroup> right_tile: array<array<f32, 33>, 32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let across = (params.columns + 31u) / 32u;
  let down = (params.rows + 31u) / 32u;
  let tile = flat_group(group, groups);
  let z = tile / (across * down);
  let row0 = ((tile / across) % down) * 32u;
  let column0 = (tile % across) * 32u;
  if (z >= params.batch || (LOWER && column0 > row0)) { return; }
  let left_start = params.left.start + i32(z) * params.left.batch;
  let right_start = params.right.start + i32(z) * params.right.batch;
  let out_start = params.out.start + i32(z) * params.out.batch;
  // Neighbouring threads load neighbouring addresses, whichever way an operand lies.
  let left_down = abs(params.left.row) == 1;
  let right_down = abs(params.right.row) == 1;
  for (var i = local; i < 1024u; i += 64u) {
    let l = select(vec2<u32>(i / 32u, i % 32u), vec2<u32>(i % 32u, i / 32u), left_down);
    if (row0 + l.x < params.rows && l.y < params.depth) {
      left_tile[l.x][l.y] = left_at(left_start + i32(row0 + l.x) * params.left.row + i32(l.y) * params.left.column);
    }
    let r = select(vec2<u32>(i / 32u, i % 32u), vec2<u32>(i % 32u, i / 32u), right_down);
    if (r.x < params.depth && column0 + r.y < params.columns) {
      right_tile[r.x][r.y] = x[right_start + i32(r.x) * params.right.row + i32(column0 + r.y) * params.right.column];
    }
  }
  workgroupBarrier();
  let row = 4u * (local / 8u);
  let column = 4u * (local % 8u);
  var total: array<vec4<f32>, 4>;
  for (var k = 0u; k < params.depth; k++) {
    let right = vec4<f32>(
      right_tile[k][column], right_tile[k][column + 1u], right_tile[k][column + 2u], right_tile[k][column + 3u],
    );
    for (var i = 0u; i < 4u; i++) { //#unroll
      total[i] = fma(vec4<f32>(left_tile[row + i][k]), right, total[i]);
    }
  }
  for (var i = 0u; i < 4u; i++) { //#unroll
    for (var j = 0u; j < 4u; j++) {
      if (row0 + row + i < params.rows && column0 + column + j < params.columns) {
        let at = out_start + i32(row0 + row + i) * params.out.row + i32(column0 + column + j) * params.out.column;
        x[at] = x[at] - total[i][j];
      }
    }
  }
}
