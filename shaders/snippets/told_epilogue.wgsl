// As epilogue.wgsl, but told by the uniforms `biased` and `rectifies`: one kernel to compile for layers with a bias and ReLU or
// without, and for their gradients.
// Imported by shaders/matmul_*.wgsl, after bias and product: `//#import told_epilogue`; and by shaders/conv2d_lanes.wgsl, whose
// params have the two as well.
// Each sum is one of four neighbours, of one channel; a bias belongs to a channel, in a product to a column.

// max(x, 0) where it is asked for; NaN stays NaN.
fn rectified(x: vec4<f32>) -> vec4<f32> {
  return select(x, vec4<f32>(), vec4<bool>(params.rectifies != 0u) & (x < vec4<f32>()));
}

fn finished(sum: vec4<f32>, channel: u32) -> vec4<f32> {
  return rectified(sum + select(0.0, bias[channel], params.biased != 0u));
}
