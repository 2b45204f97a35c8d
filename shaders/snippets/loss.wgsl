// Losses of single elements, and their slopes by the input x and the target t.
// Imported by the elementwise kernels of src/ops/loss/, after nan and exponential and math and near_zero: their text is put into
// the kernel. All are scalar, f32; NaN stays.

// Of the difference d: a parabola within ±beta, and lines beyond.
fn smooth_l1_of(d: f32, beta: f32) -> f32 {
  return select(abs(d) - 0.5 * beta, 0.5 * d * d / beta, abs(d) < beta);
}

fn smooth_l1_slope(d: f32, beta: f32) -> f32 {
  return select(select(d / beta, 1.0, d >= beta), -1.0, d <= -beta);
}

fn huber_of(d: f32, delta: f32) -> f32 {
  return select(delta * (abs(d) - 0.5 * delta), 0.5 * d * d, abs(d) <= delta);
}

fn huber_slope(d: f32, delta: f32) -> f32 {
  return select(select(d, delta, d >= delta), -delta, d <= -delta);
}

// As PyTorch has it, no logarithm is below −100, and x (1 − x) not below 1e-12.
fn bce_of(x: f32, t: f32) -> f32 {
  return -(t * max_of(log_of(x), -100.0) + (1.0 - t) * max_of(log1p_of(-x), -100.0));
}

fn bce_slope(x: f32, t: f32) -> f32 {
  return (x - t) / max_of((1.0 - x) * x, 1e-12);
}

fn bce_target_slope(x: f32) -> f32 {
  return max_of(log1p_of(-x), -100.0) - max_of(log_of(x), -100.0);
}

// −p t ln σ(x) − (1 − t) ln σ(−x), p the weight of positives.
fn bce_logits_of(x: f32, t: f32, p: f32) -> f32 {
  return p * t * softplus_of(-x) + (1.0 - t) * softplus_of(x);
}

fn bce_logits_slope(x: f32, t: f32, p: f32) -> f32 {
  return (1.0 - t) * sigmoid_of(x) - p * t * sigmoid_of(-x);
}

fn bce_logits_target_slope(x: f32, p: f32) -> f32 {
  return p * softplus_of(-x) - softplus_of(x);
}

// t (ln t − x), where t ln t is 0 at 0.
fn kl_div_of(x: f32, t: f32) -> f32 {
  return select(t * (log_of(t) - x), -t * x, is_tiny(t));
}
