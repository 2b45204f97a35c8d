// What a convolution does to its sums before it stores them: adds a bias, applies ReLU.
// Imported by kernels of conv2d, after bias: `//#import epilogue`.
// Each sum is one of four neighbours, of one channel, as its bias is.

override BIASED: bool = false;
override RELU: bool = false;

// max(x, 0) with RELU; NaN stays NaN.
fn rectified(x: vec4<f32>) -> vec4<f32> {
  return select(x, vec4<f32>(), vec4<bool>(RELU) & (x < vec4<f32>()));
}

fn finished(sum: vec4<f32>, channel: u32) -> vec4<f32> {
  return rectified(sum + select(0.0, bias[channel], BIASED));
}
