// out[i, j, k] = x[i, index[i, j, k], k] for axis 1, and so on for other axes and ranks; `outside` for an index outside x.
// Called by src/ops/lines.ts; elements are words of any type, and f16 is widened.
// Thread t computes element t of index; the walk to x leaves out the axis. Axes of the walk are listed innermost first.

//#import index

struct Params {
  count: u32, rank: u32, axis_length: u32, axis_step: u32,
  outside: f32,
  lengths: array<vec4<u32>, 2>,
  x_steps: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> params: Params;
//#unless element
alias Element = f32;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
//#end
@group(0) @binding(3) var<storage, read> index: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  var start = 0u;
  var rest = t;
  for (var axis = 0u; axis < params.rank; axis++) {
    let length = params.lengths[axis / 4u][axis % 4u];
    start += (rest % length) * params.x_steps[axis / 4u][axis % 4u];
    rest = rest / length;
  }
  let along = index[t];
  var value = Element(params.outside);
  if (along >= 0 && u32(along) < params.axis_length) { value = x[start + u32(along) * params.axis_step]; }
  out[t] = value;
}
