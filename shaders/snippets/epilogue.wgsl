// What a convolution or a matrix product does to its sums before it stores them: adds a bias, applies ReLU.
// Imported by kernels of conv2d and by shaders/matmul_*.wgsl, after bias: `//#import epilogue`.
// Each sum is one of four neighbours, of one channel; a bias belongs to a channel, in a product to a column.

override BIASED: bool = false;
override RELU: bool = false;

// max(x, 0) with RELU; NaN stays NaN.
fn rectified(x: vec4<f32>) -> vec4<f32> {
  return select(x, vec4<f32>(), vec4<bool>(RELU) & (x < vec4<f32>()));
}

fn finished(sum: vec4<f32>, channel: u32) -> vec4<f32> {
  return rectified(sum + select(0.0, bias[channel], BIASED));
}
