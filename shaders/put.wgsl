// out[i, index[i, j, k], k] = x[i, j, k] for axis 1, and so on for other axes and ranks; an index outside out is passed over.
// Called by src/ops/lines.ts where no line of index names a place twice; shaders/gather.wgsl is its inverse.
// Thread t moves element t of x; the walk to out leaves out the axis. Axes of the walk are listed innermost first.

//#import index

struct Params {
  count: u32, rank: u32, axis_length: u32, axis_step: u32,
  lengths: array<vec4<u32>, 2>,
  out_steps: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> index: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let along = index[t];
  if (along < 0 || u32(along) >= params.axis_length) { return; }
  var start = 0u;
  var rest = t;
  for (var axis = 0u; axis < params.rank; axis++) {
    let length = params.lengths[axis / 4u][axis % 4u];
    start += (rest % length) * params.out_steps[axis / 4u][axis % 4u];
    rest = rest / length;
  }
  out[start + u32(along) * params.axis_step] = x[t];
}
