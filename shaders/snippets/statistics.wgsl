// What batch norm keeps of a channel's moments: mean and biased variance of the batch, and running ones,
// running[c] += momentum (statistic − running[c]), where the variance is unbiased.
// Imported by shaders/batch_norm_statistics.wgsl and batch_norm_statistics_merge.wgsl, after moments: `//#import statistics`.

@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> running_variance: array<f32>;

fn settle(c: u32, all: Moments, momentum: f32) {
  mean[c] = all.mean;
  variance[c] = all.squares / all.count;
  running_mean[c] += momentum * (all.mean - running_mean[c]);
  running_variance[c] += momentum * (all.squares / (all.count - 1.0) - running_variance[c]);
}
