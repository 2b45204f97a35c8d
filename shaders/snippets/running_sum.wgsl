// A sum that keeps what rounding takes from it, so that it may have any number of terms (Kahan 1965). Short chains of plain
// additions go in as parts, CHAIN terms each: they lose less than 1e-6 by themselves.
// Imported by kernels that add many terms: `//#import running_sum`.
// The last bit of `sum` is always 0. A compiler may take `(sum + part) - sum` for `part`; it cannot where a bit is cleared.

const CHAIN = 32u;

struct RunningSum { sum: f32, lost: f32 }
struct RunningSums { sum: vec4<f32>, lost: vec4<f32> }

fn with_part(total: RunningSum, part: f32) -> RunningSum {
  let sum = bitcast<f32>(bitcast<u32>(total.sum + part) & 0xfffffffeu);
  return RunningSum(sum, total.lost + (part - (sum - total.sum)));
}

fn with_parts(total: RunningSums, part: vec4<f32>) -> RunningSums {
  let sum = bitcast<vec4<f32>>(bitcast<vec4<u32>>(total.sum + part) & vec4<u32>(0xfffffffeu));
  return RunningSums(sum, total.lost + (part - (sum - total.sum)));
}

// An infinite sum, or NaN, has lost nothing that counts.
fn whole(total: RunningSum) -> f32 {
  let is_finite = (bitcast<u32>(total.sum) & 0x7f800000u) != 0x7f800000u;
  return select(total.sum, total.sum + total.lost, is_finite);
}

fn wholes(total: RunningSums) -> vec4<f32> {
  let exponents = bitcast<vec4<u32>>(total.sum) & vec4<u32>(0x7f800000u);
  return select(total.sum, total.sum + total.lost, exponents != vec4<u32>(0x7f800000u));
}
