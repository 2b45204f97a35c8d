// Mean, and sum of squared deviations from it, of so many values; merged by Chan, Golub and LeVeque's (1979) rule: no
// difference of large sums, so the variance does not cancel.
// Imported by shaders/batch_norm_statistics.wgsl and batch_norm_statistics_merge.wgsl: `//#import moments`.

struct Moments { count: f32, mean: f32, squares: f32 }

fn merge(a: Moments, b: Moments) -> Moments {
  let count = max(a.count + b.count, 1.0);
  let delta = b.mean - a.mean;
  return Moments(
    a.count + b.count,
    a.mean + delta * (b.count / count),
    a.squares + b.squares + delta * delta * (a.count * b.count / count),
  );
}
