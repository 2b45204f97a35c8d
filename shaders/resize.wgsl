// y[o, i, k] = Σ_j w(i, j) x[o, j, k] over the few neighbours j of the place of i along an axis; x is [outer, length, inner].
// Called by src/ops/interpolate.ts, once an axis; resize_backward.wgsl is its derivative.
// Thread n computes element n of y.

//#import index
//#import resize
//#import running_sum

@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let n = flat_thread(group, groups, local, 64u);
  let row = n / params.inner;
  let o = row / params.to_length;
  if (o >= params.outer) { return; }
  let place = place_of(row - o * params.to_length);
  let k = n - row * params.inner;
  var total = RunningSum();
  for (var t = 0u; t < place.count; t++) {
    let value = x[(o * params.length + neighbour(place, t)) * params.inner + k];
    if (MODE == AREA) { total = with_part(total, value); } else { total.sum += share_of(place, t) * value; }
  }
  y[n] = select(total.sum, whole(total) / f32(place.count), MODE == AREA);
}
