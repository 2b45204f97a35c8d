// What LANES neighbouring threads of a workgroup of 64 find together: the largest of their parts, or the sum of them, in a
// tree. LANES is 1, where each thread is by itself, or 64.
// Imported by kernels whose rows threads share: `//#import lanes`.
// Nothing is kept for a thread by itself: SwiftShader writes code for each number of workgroup memory, to clear it.

override LANES: u32 = 1u;

var<workgroup> parts: array<f32, LANES>;
var<workgroup> pairs: array<vec2<f32>, LANES>;

fn shared_max(part: f32, lane: u32) -> f32 {
  if (LANES == 1u) { return part; }
  parts[lane] = part;
  for (var half = LANES / 2u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (lane < half) { parts[lane] = max(parts[lane], parts[lane + half]); }
  }
  workgroupBarrier();
  return parts[0];
}

// May be asked for again.
fn shared_sum(part: vec2<f32>, lane: u32) -> vec2<f32> {
  if (LANES == 1u) { return part; }
  pairs[lane] = part;
  for (var half = LANES / 2u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (lane < half) { pairs[lane] += pairs[lane + half]; }
  }
  workgroupBarrier();
  let sum = pairs[0];
  workgroupBarrier();
  return sum;
}
