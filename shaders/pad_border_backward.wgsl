// dx[o, s, i] = Σ_j g[o, j, i] over the j with source_of(j − before) = s.
// Called by src/ops/border.ts, an axis at a time; g is [outer, padded, inner].
// Thread t computes element t of dx [outer, length, inner]: what stands at its own place, then what does in the borders.

//#import index
//#import border

struct Params { count: u32, length: i32, padded: i32, inner: u32, before: i32 }

override MODE: u32 = 0u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let row = t / params.inner;
  let i = t - row * params.inner;
  let o = i32(row) / params.length;
  let s = i32(row) - o * params.length;
  let start = u32(o * params.padded) * params.inner + i;
  let own = s + params.before;
  var sum = 0.0;
  if (own >= 0 && own < params.padded) { sum = g[start + u32(own) * params.inner]; }
  for (var j = 0; j < min(params.before, params.padded); j++) {
    if (source_of(j - params.before, params.length, MODE) == s) { sum += g[start + u32(j) * params.inner]; }
  }
  for (var j = max(params.before + params.length, 0); j < params.padded; j++) {
    if (source_of(j - params.before, params.length, MODE) == s) { sum += g[start + u32(j) * params.inner]; }
  }
  dx[t] = sum;
}
