// dmask[b, l, s] = p (g[b, l] · v[b, s] − delta[b, l]) with p = e^(score − lse), for a mask that learns.
// Called by src/ops/attention-kernels.ts, which writes the mask's region out; attention.wgsl says what the scores are.
// Thread t computes element t = (b, l, s).

//#import index
//#import nan
//#import exponential
//#import philox
//#import attention

@group(0) @binding(1) var<storage, read_write> dmask: array<f32>;
@group(0) @binding(2) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> lse: array<f32>;
@group(0) @binding(7) var<storage, read> delta: array<f32>;
//#unless mask
fn is_seen(at: u32) -> bool { return true; }
fn added(at: u32) -> f32 { return 0.0; }
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  let s = t % params.keys;
  let query = t / params.keys;
  let b = query / params.queries;
  if (b >= params.batches) { return; }
  let l = query - b * params.queries;
  let key = b * params.keys + s;
  var score = vec4<f32>();
  for (var e = 0u; e < params.width; e++) { score = fma(q[query * params.width + e], k[key * params.width + e], score); }
  var slope = vec4<f32>();
  for (var f = 0u; f < params.columns; f++) { slope = fma(g[query * params.columns + f], v[key * params.columns + f], slope); }
  let mask_at = mask_start(b) + l * params.mask_query + s * params.mask_key;
  let total = fma((score.x + score.y) + (score.z + score.w), params.scale, added(mask_at));
  let fall = ((slope.x + slope.y) + (slope.z + slope.w)) * kept(query, s) - delta[query];
  let seen = is_seen(mask_at) & (!CAUSAL | (s <= l));
  dmask[t] = select(0.0, exp_of(total - lse[query]) * fall, seen);
}
