// The larger of four values and four others, and where it stands: the first of equals wins, a NaN over every number.
// Four windows are compared at once.
// Imported by shaders/max_pool_halving.wgsl and max_pool_halving_any.wgsl, after nan: `//#import best`.

struct Best { value: vec4<f32>, at: vec4<i32> }

fn better(best: Best, value: vec4<f32>, at: vec4<i32>) -> Best {
  let nan = vec4<bool>(is_nan(value.x), is_nan(value.y), is_nan(value.z), is_nan(value.w));
  let wins = (value > best.value) | nan;
  return Best(select(best.value, value, wins), select(best.at, at, wins));
}
