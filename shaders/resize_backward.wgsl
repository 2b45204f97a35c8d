// dx[o, j, k] = Σ_i w(i, j) g[o, i, k], w the weight that x[o, j, k] has in y[o, i, k]; g is [outer, to, inner].
// Called by src/ops/interpolate.ts, once an axis; resize.wgsl says what the weights are.
// Thread n computes element n of dx: it goes over the places i that may read it, in their order.

//#import index
//#import resize
//#import running_sum

@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let n = flat_thread(group, groups, local, 64u);
  let row = n / params.inner;
  let o = row / params.length;
  if (o >= params.outer) { return; }
  let j = row - o * params.length;
  let k = n - row * params.inner;
  var total = RunningSum();
  let reading = readers_of(j);
  for (var i = reading.x; i < reading.y; i++) {
    let place = place_of(i);
    var share = 0.0;
    for (var t = 0u; t < place.count; t++) { share += select(0.0, share_of(place, t), neighbour(place, t) == j); }
    total = with_part(total, share * g[(o * params.to_length + i) * params.inner + k]);
  }
  dx[n] = whole(total);
}
