// out[o] = scale * Σ_{r0, r1} x[start(o) + r0 * outer_step + r1 * inner_step], or the same with max. There are `inner` of
// r1, from output last_part on last_inner.
// Called by src/tensor/reduce.ts where there are few outputs with many terms; reduce_serial.wgsl is its twin.
// Workgroup o computes output o: thread t takes every 64th term, or group of four where they lie side by side (then all
// steps and lengths are in groups of four); then a tree adds the 64 parts in a fixed order.

//#import index
//#import nan
//#import running_sum

struct Params {
  outputs: u32, rank: u32, outer: u32, inner: u32,
  outer_step: u32, inner_step: u32, last_part: u32, last_inner: u32, scale: f32,
  lengths: array<vec4<u32>, 2>,
  steps: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
//#unless operand
alias Value = f32;
@group(0) @binding(2) var<storage, read> x: array<f32>;
fn term(at: u32) -> Value { return x[at]; }
//#end

//#begin combine
alias Total = RunningSum;
fn identity() -> Value { return Value(0.0); }
fn combine(a: Value, b: Value) -> Value { return a + b; }
fn started() -> Total { return Total(); }
fn extended(total: Total, part: Value) -> Total { return with_part(total, part); }
fn ended(total: Total) -> Value { return whole(total); }
//#end

var<workgroup> parts: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let o = flat_group(group, groups);
  var start = 0u;
  var rest = o;
  for (var axis = 0u; axis < params.rank; axis++) {
    let length = params.lengths[axis / 4u][axis % 4u];
    start += (rest % length) * params.steps[axis / 4u][axis % 4u];
    rest = rest / length;
  }
  let inner = select(params.inner, params.last_inner, o >= params.last_part);
  var total = started();
  if (o < params.outputs) {
    for (var r0 = 0u; r0 < params.outer; r0++) {
      for (var first = local; first < inner; first += 64u * CHAIN) {
        var part = identity();
        for (var r1 = first; r1 < min(first + 64u * CHAIN, inner); r1 += 64u) {
          part = combine(part, term(start + r0 * params.outer_step + r1 * params.inner_step));
        }
        total = extended(total, part);
      }
    }
  }
  parts[local] = ended(total);
  for (var half = 32u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (local < half) { parts[local] = combine(parts[local], parts[local + half]); }
  }
  if (local == 0u && o < params.outputs) { out[o] = parts[0] * params.scale; }
}
