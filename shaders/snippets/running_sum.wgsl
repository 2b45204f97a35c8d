// A sum that keeps what rounding took from it for the next term, so that it may have any number of them (Kahan 1965). Short
// chains of plain additions go in as terms, CHAIN numbers each: they lose less than 1e-6 by themselves.
// Imported by kernels that add many terms: `//#import running_sum`.
// The last bit of `sum` is always 0. A compiler may take `(sum + term) - sum` for `term`; it cannot where a bit is cleared.

const CHAIN = 32u;
const EXPONENT = 0x7f800000u; // all set: infinite or NaN, and nothing is lost

struct RunningSum { sum: f32, lost: f32 }
struct RunningSums { sum: vec4<f32>, lost: vec4<f32> }

fn with_part(total: RunningSum, part: f32) -> RunningSum {
  let term = part + total.lost;
  let bits = bitcast<u32>(total.sum + term) & 0xfffffffeu;
  let sum = bitcast<f32>(bits);
  return RunningSum(sum, select(0.0, term - (sum - total.sum), (bits & EXPONENT) != EXPONENT));
}

fn with_parts(total: RunningSums, part: vec4<f32>) -> RunningSums {
  let term = part + total.lost;
  let bits = bitcast<vec4<u32>>(total.sum + term) & vec4<u32>(0xfffffffeu);
  let sum = bitcast<vec4<f32>>(bits);
  let is_finite = (bits & vec4<u32>(EXPONENT)) != vec4<u32>(EXPONENT);
  return RunningSums(sum, select(vec4<f32>(), term - (sum - total.sum), is_finite));
}

fn whole(total: RunningSum) -> f32 {
  return total.sum + total.lost;
}

fn wholes(total: RunningSums) -> vec4<f32> {
  return total.sum + total.lost;
}
