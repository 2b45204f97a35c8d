// Solves T X = B in place for up to 32 rows by forward substitution, x[r, c] = (b[r, c] − Σ_{i<r} t[r, i] x[i, c]) / t[r, r].
// Called by src/ops/linalg-kernels.ts; any signed strides, so that a transposed or upper triangle is a lower one read otherwise.
// Workgroup z * tiles + tile takes 64 right-hand sides of matrix z, one a thread.

//#import index

struct Operand { start: i32, row: i32, column: i32, batch: i32 }
struct Params { size: u32, columns: u32, batch: u32, tiles: u32, t: Operand, x: Operand }

override UNIT: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read> t: array<f32>;

var<workgroup> triangle: array<array<f32, 33>, 32>;
var<workgroup> sides: array<array<f32, 65>, 32>;

// Row and column of the i-th value of a block: neighbouring threads take neighbouring addresses.
fn place(i: u32) -> vec2<u32> {
  return select(vec2<u32>(i / 64u, i % 64u), vec2<u32>(i % 32u, i / 32u), abs(params.x.row) == 1);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let number = flat_group(group, groups);
  let z = number / params.tiles;
  if (z >= params.batch) { return; }
  let column0 = (number - z * params.tiles) * 64u;
  let t_start = params.t.start + i32(z) * params.t.batch;
  let x_start = params.x.start + i32(z) * params.x.batch + i32(column0) * params.x.column;
  let columns = min(64u, params.columns - column0);
  for (var i = local; i < 1024u; i += 64u) {
    let r = i / 32u;
    let c = i % 32u;
    if (r < params.size && c <= r) {
      triangle[r][c] = t[t_start + i32(r) * params.t.row + i32(c) * params.t.column];
    }
  }
  for (var i = local; i < 2048u; i += 64u) {
    let at = place(i);
    if (at.x < params.size && at.y < columns) {
      sides[at.x][at.y] = x[x_start + i32(at.x) * params.x.row + i32(at.y) * params.x.column];
    }
  }
  workgroupBarrier();
  for (var r = 0u; r < params.size; r++) {
    var value = sides[r][local];
    for (var c = 0u; c < r; c++) { value = fma(-triangle[r][c], sides[c][local], value); }
    if (!UNIT) { value = value / triangle[r][r]; }
    sides[r][local] = value;
  }
  workgroupBarrier();
  for (var i = local; i < 2048u; i += 64u) {
    let at = place(i);
    if (at.x < params.size && at.y < columns) {
      x[x_start + i32(at.x) * params.x.row + i32(at.y) * params.x.column] = sides[at.x][at.y];
    }
  }
}
