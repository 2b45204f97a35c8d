// out[i, a, k] = Σ_j x[i, j, k] over the j with index[i, j, k] = a, for axis 1, and so on for other axes and ranks; with
// ADDING what was in out is added to. Or the last of the j, or −1. Called by src/ops/lines.ts.
// Thread t = a · others + r computes one element and looks through its line of index in order, r walks the other axes,
// listed innermost first. With SORTED, `order` has the places of each line sorted by index, and the first j is bisected for.

//#import index
//#import running_sum

struct Params {
  count: u32, others: u32, rank: u32, line: u32,
  out_axis_step: u32, index_axis_step: u32, x_axis_step: u32,
  lengths: array<vec4<u32>, 2>,
  out_steps: array<vec4<u32>, 2>,
  index_steps: array<vec4<u32>, 2>,
  x_steps: array<vec4<u32>, 2>,
}

override SORTED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> index: array<i32>;
@group(0) @binding(3) var<storage, read> order: array<i32>;

//#unless result
override ADDING: bool = false;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;

struct Found { total: RunningSum, part: f32, terms: u32 }

fn nothing() -> Found { return Found(); }

fn extended(found: Found, j: u32, at: u32) -> Found {
  let part = found.part + x[at];
  if (found.terms + 1u < CHAIN) { return Found(found.total, part, found.terms + 1u); }
  return Found(with_part(found.total, part), 0.0, 0u);
}

fn keep(found: Found, at: u32) {
  let sum = whole(with_part(found.total, found.part));
  if (ADDING) { out[at] += sum; } else { out[at] = sum; }
}
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let along = t / params.others;
  let wanted = i32(along);
  var rest = t - along * params.others;
  var out_at = along * params.out_axis_step;
  var index_at = 0u;
  var x_at = 0u;
  for (var axis = 0u; axis < params.rank; axis++) {
    let length = params.lengths[axis / 4u][axis % 4u];
    let i = rest % length;
    rest = rest / length;
    out_at += i * params.out_steps[axis / 4u][axis % 4u];
    index_at += i * params.index_steps[axis / 4u][axis % 4u];
    x_at += i * params.x_steps[axis / 4u][axis % 4u];
  }
  let step = params.index_axis_step;
  var first = 0u;
  if (SORTED) {
    var end = params.line;
    while (first < end) {
      let middle = (first + end) / 2u;
      let j = u32(order[index_at + middle * step]);
      if (index[index_at + j * step] < wanted) { first = middle + 1u; } else { end = middle; }
    }
  }
  var found = nothing();
  for (var n = first; n < params.line; n++) {
    var j = n;
    if (SORTED) { j = u32(order[index_at + n * step]); }
    if (index[index_at + j * step] == wanted) {
      found = extended(found, j, x_at + j * params.x_axis_step);
    } else if (SORTED) {
      break;
    }
  }
  keep(found, out_at);
}
