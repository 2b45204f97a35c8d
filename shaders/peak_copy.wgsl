// out[i] = x[i] over buffers larger than any cache.
// Called by runtime/peaks.ts to measure an adapter's memory bandwidth.
// Thread t copies vec4 number t, or numbers 4t to 4t + 3 with FOUR, all loaded before any is stored.

//#import index

override FOUR: bool = false;

struct Params { threads: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 256u);
  if (t >= params.threads) { return; }
  if (FOUR) {
    let i = 4u * t;
    let x0 = x[i];
    let x1 = x[i + 1u];
    let x2 = x[i + 2u];
    let x3 = x[i + 3u];
    out[i] = x0;
    out[i + 1u] = x1;
    out[i + 2u] = x2;
    out[i + 3u] = x3;
  } else {
    out[t] = x[t];
  }
}
