// The bias that `epilogue` adds: a value a channel, or a column of a product. It is read with BIASED alone.
// Imported by kernels of conv2d and by shaders/matmul_*.wgsl: `//#import bias`.
// conv2d_winograd_result.wgsl has one operand less, and declares its own.

@group(0) @binding(4) var<storage, read> bias: array<f32>;
