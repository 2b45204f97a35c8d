// out[4t .. 4t + 3] = four draws from Philox(counter = (t, offset, 0, 0), key = (seed, stream)).
// Called by Kernels.random for uniform draws over [0, 1) and standard normal ones (Box and Muller, 1958).
// Thread t computes four elements.

//#import index
//#import philox

struct Params { count: u32, seed: u32, stream: u32, offset: u32 }

override NORMAL: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;

fn box_muller(a: u32, b: u32) -> vec2<f32> {
  let radius = sqrt(-2.0 * log(1.0 - unit_float(a)));
  let angle = 6.283185307179586 * unit_float(b);
  return radius * vec2<f32>(cos(angle), sin(angle));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (4u * t >= params.count) { return; }
  let words = philox(vec4<u32>(t, params.offset, 0u, 0u), vec2<u32>(params.seed, params.stream));
  if (NORMAL) {
    out[t] = vec4<f32>(box_muller(words.x, words.y), box_muller(words.z, words.w));
  } else {
    out[t] = vec4<f32>(unit_float(words.x), unit_float(words.y), unit_float(words.z), unit_float(words.w));
  }
}
