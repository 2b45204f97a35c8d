// out[o, i] = the k at which x[o, k, i] is largest, the first of equals; a NaN is larger than all. x is [outer, length, inner].
// Called by Kernels.argmax.
// Thread t computes output t = o * inner + i.

//#import index
//#import nan

struct Params { outputs: u32, length: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<i32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.outputs) { return; }
  let start = (t / params.inner) * params.length * params.inner + t % params.inner;
  var best = x[start];
  var best_at = 0u;
  for (var k = 1u; k < params.length; k++) {
    let value = x[start + k * params.inner];
    if (!is_nan(best) && (value > best || is_nan(value))) {
      best = value;
      best_at = k;
    }
  }
  out[t] = i32(best_at);
}
