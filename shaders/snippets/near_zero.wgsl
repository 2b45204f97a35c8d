// ln(1 + x), eˣ − 1 and ln(1 + eˣ) to about 3e-7, also near 0, where 1 + x would lose the digits of x.
// Imported by elementwise kernels whose ops ask for it, after nan and exponential: their text is put into the kernel.
// All are scalar, f32; infinities, zeros and NaN are treated as in C.

// In (√½ − 1, √2 − 1) the series of the logarithm itself.
fn log1p_of(x: f32) -> f32 {
  let near = fma(fma(x, log_tail(x), -0.5) * x, x, x);
  return select(log_of(1.0 + x), near, (x > -0.29) & (x < 0.41));
}

// The polynomial was fitted from −½ to ½: relative error below 5e-9.
fn expm1_of(x: f32) -> f32 {
  var p = fma(2.00864321e-4, x, 1.40110299e-3);
  p = fma(p, x, 8.33285227e-3);
  p = fma(p, x, 4.16649543e-2);
  p = fma(p, x, 0.166666687);
  p = fma(p, x, 0.50000006);
  let near = fma(p * x, x, x);
  return select(select(exp_of(x) - 1.0, near, abs(x) < 0.5), x, is_tiny(x));
}

// ln(1 + eˣ) without overflow.
fn softplus_of(x: f32) -> f32 {
  return select(0.0, x, x > 0.0) + log1p_of(exp_of(-abs(x)));
}
