// The bias that `epilogue` and `told_epilogue` add: a value a channel, or a column of a product. Without one, what is read counts
// for nothing.
// Imported by kernels of conv2d and by shaders/matmul_*.wgsl: `//#import bias`.
// conv2d_winograd_result.wgsl has one operand less, and declares its own.

@group(0) @binding(4) var<storage, read> bias: array<f32>;
