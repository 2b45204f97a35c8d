// y[i] = x[i] · scale where a uniform draw is at least p, else 0; the same draws give the same mask, so none is kept.
// Called by src/ops/dropout.ts on the input, and on the gradient.
// Thread t computes elements 4t to 4t + 3 from Philox(counter = (t, offset, DROPOUT, 0), key = (seed, stream)).

//#import index
//#import philox

struct Params { count: u32, seed: u32, stream: u32, offset: u32, p: f32, scale: f32 }

// Sets these draws apart from random fills, whose counters hold a 0 there.
const DROPOUT = 1u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (4u * t >= params.count) { return; }
  let words = philox(vec4<u32>(t, params.offset, DROPOUT, 0u), vec2<u32>(params.seed, params.stream));
  let draws = vec4<f32>(unit_float(words.x), unit_float(words.y), unit_float(words.z), unit_float(words.w));
  y[t] = select(vec4<f32>(), x[t] * params.scale, draws >= vec4<f32>(params.p));
}
