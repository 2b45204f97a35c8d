// out[o] = scale * Σ_{r0, r1} x[start(o) + r0 * outer_step + r1 * inner_step], or the same with max. There are `inner` of
// r1, from output last_part on last_inner.
// Called by src/tensor/reduce.ts where there are many outputs or few terms; reduce_parallel.wgsl is its twin.
// Thread t computes output t; terms are added in order, four at a time. In groups of four, in which all steps and lengths
// are counted then, it takes terms that lie side by side, or computes outputs that do.

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
//#unless operand
alias Value = f32;
@group(0) @binding(2) var<storage, read> x: array<f32>;
fn term(at: u32) -> Value { return x[at]; }
//#end
@group(0) @binding(1) var<storage, read_write> out: array<Value>;

//#begin combine
alias Total = RunningSum;
fn identity() -> Value { return Value(0.0); }
fn combine(a: Value, b: Value) -> Value { return a + b; }
fn started() -> Total { return Total(); }
fn extended(total: Total, part: Value) -> Total { return with_part(total, part); }
fn ended(total: Total) -> Value { return whole(total); }
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let o = flat_thread(group, groups, local, 64u);
  if (o >= params.outputs) { return; }
  var start = 0u;
  var rest = o;
  for (var axis = 0u; axis < params.rank; axis++) {
    let length = params.lengths[axis / 4u][axis % 4u];
    start += (rest % length) * params.steps[axis / 4u][axis % 4u];
    rest = rest / length;
  }
  let inner = select(params.inner, params.last_inner, o >= params.last_part);
  var total = started();
  for (var r0 = 0u; r0 < params.outer; r0++) {
    var at = start + r0 * params.outer_step;
    for (var r1 = 0u; r1 < inner; r1 += CHAIN) {
      var part = identity();
      let end = min(r1 + CHAIN, inner);
      var r = r1;
      for (; r + 4u <= end; r += 4u) {
        let a = combine(term(at), term(at + params.inner_step));
        let b = combine(term(at + 2u * params.inner_step), term(at + 3u * params.inner_step));
        part = combine(part, combine(a, b));
        at += 4u * params.inner_step;
      }
      for (; r < end; r++) {
        part = combine(part, term(at));
        at += params.inner_step;
      }
      total = extended(total, part);
    }
  }
  out[o] = ended(total) * params.scale;
}
