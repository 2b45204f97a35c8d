// dx[i, a, k] = Σ_j g[i, j, k] over the j with index[i, j, k] = a, for axis 1, and so on for other axes and ranks.
// Called by src/ops/indexing.ts; g and index are of one shape.
// Thread t = a · others + r computes one element of dx and looks through its line of index in order; r walks the other
// axes, listed innermost first.

//#import index
//#import running_sum

struct Params {
  count: u32, others: u32, rank: u32, line: u32,
  x_axis_step: u32, index_axis_step: u32,
  lengths: array<vec4<u32>, 2>,
  x_steps: array<vec4<u32>, 2>,
  index_steps: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> index: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let along = t / params.others;
  var rest = t - along * params.others;
  var x_at = along * params.x_axis_step;
  var at = 0u;
  for (var axis = 0u; axis < params.rank; axis++) {
    let length = params.lengths[axis / 4u][axis % 4u];
    let i = rest % length;
    rest = rest / length;
    x_at += i * params.x_steps[axis / 4u][axis % 4u];
    at += i * params.index_steps[axis / 4u][axis % 4u];
  }
  var total = RunningSum();
  for (var j = 0u; j < params.line;) {
    var part = 0.0;
    for (let stop = min(j + CHAIN, params.line); j < stop; j++) {
      if (index[at] == i32(along)) { part += g[at]; }
      at += params.index_axis_step;
    }
    total = with_part(total, part);
  }
  dx[x_at] = whole(total);
}
