// NaN told apart and kept: compilers may take x != x for false, and exp, log and max of some adapters turn NaN into
// a number, which would hide a diverged training.
// Imported wherever values come from outside: `//#import nan`.
// All are scalar, f32.

fn is_nan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

fn exp_of(value: f32) -> f32 {
  return select(exp(value), value, is_nan(value));
}

fn log_of(value: f32) -> f32 {
  return select(log(value), value, is_nan(value));
}

// The larger one, NaN if either is.
fn max_of(a: f32, b: f32) -> f32 {
  return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}
