// Merges sorted runs of `run` keys with places, two and two along each row [rows, length]: the places in order, or keys and
// places again. Called by src/ops/sort-kernels.ts after sort_blocks.wgsl, as often as there are runs to merge.
// Thread t moves pair t: it lands as far on as there are smaller pairs in the other run, which it bisects for.

//#import index

struct Params { count: u32, length: u32, inner: u32, run: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(2) var<storage, read> pairs: array<vec2<u32>>;

//#unless result
@group(0) @binding(1) var<storage, read_write> order: array<i32>;

fn keep(row: u32, at: u32, pair: vec2<u32>) {
  let outer = row / params.inner;
  let start = outer * params.length * params.inner + (row - outer * params.inner);
  order[start + at * params.inner] = i32(pair.y);
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
  let row = t / params.length;
  let row_start = row * params.length;
  let at = t - row_start;
  let own = pairs[t];
  let base = at - at % (2u * params.run);
  let is_first = at - base < params.run;
  let own_start = select(base + params.run, base, is_first);
  let other_start = min(select(base, base + params.run, is_first), params.length);
  var low = other_start;
  var high = min(other_start + params.run, params.length);
  while (low < high) {
    let middle = (low + high) / 2u;
    let other = pairs[row_start + middle];
    if (other.x < own.x || (other.x == own.x && other.y < own.y)) { low = middle + 1u; } else { high = middle; }
  }
  keep(row, base + (at - own_start) + (low - other_start), own);
}
