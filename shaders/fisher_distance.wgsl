// partials[first + w], over the 2048 elements i of workgroup w, = (Σ (√s_i − √t_i)², 0, Σ s_i, Σ t_i); with LOG_DET
// (m, e, Σ s_i, Σ t_i), m · 2^e = Π (s_i + ε)/(t_i + ε). Called by src/fisher/distance.ts; past its end a side is 0.
// Thread t takes every 64th element, then thread 0 combines the 64 parts: a tree of barriers compiles slowly.

//#import index

struct Params { count: u32, source_count: u32, target_count: u32, first: u32, epsilon: f32 }

override LOG_DET: bool = false;

const TERMS = 32u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partials: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> source: array<f32>;
@group(0) @binding(3) var<storage, read> goal: array<f32>;

var<workgroup> parts: array<vec4<f32>, 64>;

fn element(s: f32, t: f32) -> vec4<f32> {
  if (LOG_DET) {
    // A quotient of equals need not come out as 1 on every adapter.
    if (s == t) { return vec4<f32>(1.0, 0.0, s, t); }
    let over = frexp(s + params.epsilon);
    let under = frexp(t + params.epsilon);
    return vec4<f32>(over.fract / under.fract, f32(over.exp - under.exp), s, t);
  }
  let difference = sqrt(s) - sqrt(t);
  return vec4<f32>(difference * difference, 0.0, s, t);
}

// Fractions are multiplied and exponents added: each step loses one rounding of 1, where a sum of logarithms would
// lose one of the sum.
fn combine(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  if (LOG_DET) {
    let product = frexp(a.x * b.x);
    return vec4<f32>(product.fract, a.y + b.y + f32(product.exp), a.zw + b.zw);
  }
  return a + b;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let w = flat_group(group, groups);
  let end = min((w + 1u) * 64u * TERMS, params.count);
  let none = vec4<f32>(select(0.0, 1.0, LOG_DET), 0.0, 0.0, 0.0);
  var total = none;
  for (var i = w * 64u * TERMS + local; i < end; i += 64u) {
    let s = select(0.0, source[i], i < params.source_count);
    let t = select(0.0, goal[i], i < params.target_count);
    total = combine(total, element(s, t));
  }
  parts[local] = total;
  workgroupBarrier();
  if (local > 0u || w * 64u * TERMS >= params.count) { return; }
  total = none;
  for (var t = 0u; t < 64u; t += 8u) {
    var part = none;
    for (var u = t; u < t + 8u; u++) { part = combine(part, parts[u]); }
    total = combine(total, part);
  }
  partials[params.first + w] = total;
}
