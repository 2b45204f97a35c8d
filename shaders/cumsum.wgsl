// y[k] = x[0] + … + x[k] along the middle axis of x [outer, length, inner], or x[k] + … + x[length − 1] with REVERSED.
// Called by src/ops/cumsum.ts: for parts of a row first with TOTALS, which gives the sum of each, then with CONTINUED.
// Thread t walks `part` elements of row (o, i): part p, where t = (o · parts + p) · inner + i.

//#import index
//#import running_sum

struct Params { threads: u32, length: u32, inner: u32, parts: u32, part: u32 }

override REVERSED: bool = false;
override TOTALS: bool = false;
override CONTINUED: bool = false;

//#unless element
alias Total = RunningSum;
fn extended(total: Total, term: f32) -> Total { return with_part(total, term); }
fn ended(total: Total) -> f32 { return whole(total); }
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
// The same sums over the parts, if CONTINUED.
@group(0) @binding(3) var<storage, read> before: array<f32>;
//#end

@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.threads) { return; }
  let row = t / params.inner;
  let i = t - row * params.inner;
  let o = row / params.parts;
  let p = row - o * params.parts;
  let first = p * params.part;
  let count = min(params.part, params.length - first);
  let start = (o * params.length + first) * params.inner + i;
  var total = Total();
  if (CONTINUED) {
    if (!REVERSED && p > 0u) { total = extended(total, before[t - params.inner]); }
    if (REVERSED && p + 1u < params.parts) { total = extended(total, before[t + params.inner]); }
  }
  for (var n = 0u; n < count; n++) {
    let at = start + select(n, count - 1u - n, REVERSED) * params.inner;
    total = extended(total, x[at]);
    if (!TOTALS) { y[at] = ended(total); }
  }
  if (TOTALS) { y[t] = ended(total); }
}
