// mean = Σ_t loss[t] / K and share = 1 / K, where K of the labels [N] are not ignored; for K = 0 NaN and 0, as in PyTorch.
// Called by src/ops/cross-entropy.ts; loss has the rows' losses, or their sum where there are many rows.
// One workgroup: thread t takes every 64th loss and label; then a tree adds the 64 parts in a fixed order.

struct Params { terms: u32, rows: u32, ignore_index: i32, nan: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> share: array<f32>;
@group(0) @binding(3) var<storage, read> loss: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<i32>;

var<workgroup> sums: array<f32, 64>;
var<workgroup> counts: atomic<u32>; // one number, not one a thread: see training_stats.wgsl

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var t = local; t < params.terms; t += 64u) { sum += loss[t]; }
  var count = 0u;
  for (var n = local; n < params.rows; n += 64u) { count += u32(labels[n] != params.ignore_index); }
  sums[local] = sum;
  atomicAdd(&counts, count);
  for (var half = 32u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (local < half) { sums[local] += sums[local + half]; }
  }
  if (local > 0u) { return; }
  let counted = atomicLoad(&counts);
  mean[0] = params.nan;
  share[0] = 0.0;
  if (counted > 0u) {
    mean[0] = sums[0] / f32(counted);
    share[0] = 1.0 / f32(counted);
  }
}
