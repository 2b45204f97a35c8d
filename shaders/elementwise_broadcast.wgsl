// out[i0, i1, ...] = apply(x[i0 * step0 + i1 * step1 + ...], ...): operands of different shapes, broadcast.
// Called by src/tensor/elementwise.ts, which merges axes and fills the regions with operands, axes and expression.
// Thread t computes four neighbours along the last axis: elements 4c to 4c + 3 of row r, where t = r * chunks + c.

//#import index
//#begin imports
//#import nan
//#import exponential
//#import math
//#end

//#begin params
struct Params { rows: u32, last: u32, d0: u32, x0: u32, x1: u32 }
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
  let row = thread / chunks;
  if (row >= params.rows) { return; }
  let first = 4u * (thread - row * chunks);
  let end = min(first + 4u, params.last);
//#begin offsets
  let i0 = row;
  let x_row = i0 * params.x0;
//#end
  for (var j = first; j < end; j++) {
//#begin body
    out[row * params.last + j] = apply(in_x[x_row + j * params.x1]);
//#end
  }
}
