// out[i0, i1, ...] = apply(x[i0 * step0 + i1 * step1 + ...], ...): operands of different shapes, broadcast.
// Called by src/tensor/elementwise.ts, which merges axes and fills the regions with operands, axes and expression.
// Thread t computes four neighbours along the last axis, elements 4c to 4c + 3, of EACH rows from row r on, where
// t = r / EACH * chunks + c: what is the same for all rows is read once.

//#import index
//#begin imports
//#import nan
//#import exponential
//#import math
//#end

//#begin params
struct Params { rows: u32, last: u32, d0: u32, x0: u32, x1: u32 }
const EACH = 1u;
//#end

@group(0) @binding(0) var<uniform> params: Params;
//#begin bindings
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> in_x: array<f32>;
//#end

//#begin apply
fn apply(x: f32) -> f32 {
  return x;
}
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks = (params.last + 3u) / 4u;
  let thread = flat_thread(group, groups, local, 64u);
  let first_row = thread / chunks * EACH;
  let chunk = thread % chunks;
  let end_row = min(first_row + EACH, params.rows);
//#unless once
//#end
  for (var row = first_row; row < end_row; row++) {
//#begin offsets
    let i0 = row;
    let x_row = i0 * params.x0;
//#end
//#begin body
    for (var j = 4u * chunk; j < min(4u * chunk + 4u, params.last); j++) {
      out[row * params.last + j] = apply(in_x[x_row + j * params.x1]);
    }
//#end
  }
}
