// y[o, i, k] = (1 − t) x[o, j, k] + t x[o, j + 1, k] for the place j + t of i along an axis, or x[o, j, k] with NEAREST; [outer, to, inner].
// Called by src/ops/interpolate.ts, once an axis; resize_backward.wgsl is its derivative.
// Thread n computes element n of y.

//#import index
//#import resize

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
  let at = (o * params.length + place.first) * params.inner + (n - row * params.inner);
  let value = x[at];
  if (NEAREST) {
    y[n] = value;
  } else {
    let second = x[at + (place.second - place.first) * params.inner];
    y[n] = (1.0 - place.share) * value + place.share * second;
  }
}
