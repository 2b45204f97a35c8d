// What batch norm keeps of a channel's moments: mean and biased variance of the batch, and running ones,
// running[c] += momentum (statistic − running[c]), where the variance is unbiased.
// Imported by shaders/batch_norm_statistics.wgsl and batch_norm_statistics_merge.wgsl, after moments: `//#import statistics`.

@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> running_variance: array<f32>;

// A part of the way from `old` to `now`. Most of it is better gone from `now`: what is large in `old` alone cancels.
fn moved(old: f32, now: f32, part: f32) -> f32 {
  return select(old + part * (now - old), (1.0 - part) * old + part * now, part > 0.5);
}

fn settle(c: u32, all: Moments, momentum: f32) {
  mean[c] = all.mean;
  variance[c] = all.squares / all.count;
  running_mean[c] = moved(running_mean[c], all.mean, momentum);
  running_variance[c] = moved(running_variance[c], all.squares / (all.count - 1.0), momentum);
}
