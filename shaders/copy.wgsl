// out[to + Σ i_a * to_step_a] = x[from + Σ i_a * from_step_a] over a box of up to nine axes; elements are words of any type, or
// four of them where all lengths and steps allow it.
// Called by src/tensor/copy.ts for permute, slice, pad, concat and their gradients; it writes the regions out.
// Thread t copies four neighbours along the last axis: t = row * chunks + c.

//#import index

struct Params {
  rows: u32, last: u32, from_start: u32, to_start: u32,
  from_last: u32, to_last: u32,
  lengths: array<vec4<u32>, 2>,
  from_steps: array<vec4<u32>, 2>,
  to_steps: array<vec4<u32>, 2>,
}

//#unless element
alias Element = u32;
//#end

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<Element>;
@group(0) @binding(2) var<storage, read> x: array<Element>;

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
  var from_row = params.from_start;
  var to_row = params.to_start;
  var rest = row;
//#begin axes
  let i0 = rest;
  from_row += i0 * params.from_steps[0].x;
  to_row += i0 * params.to_steps[0].x;
//#end
  let first = 4u * (thread - row * chunks);
  for (var j = first; j < min(first + 4u, params.last); j++) {
    out[to_row + j * params.to_last] = x[from_row + j * params.from_last];
  }
}
