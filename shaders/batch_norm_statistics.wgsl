// mean[c] and biased variance[c] of x [N, C, plane] over N and plane; running[c] += momentum (statistic − running[c]), the
// variance there unbiased. Called by src/ops/batch-norm.ts in training.
// Workgroup c takes channel c: thread t visits every 64th of its N · plane values by Welford's method, a tree merges the
// threads' results by Chan, Golub and LeVeque's (1979): no difference of large sums, so the variance does not cancel.

//#import index

struct Params { channels: u32, plane: u32, count: u32, momentum: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> running_variance: array<f32>;
@group(0) @binding(5) var<storage, read> x: array<f32>;

struct Moments { count: f32, mean: f32, squares: f32 }

var<workgroup> parts: array<Moments, 64>;

fn merge(a: Moments, b: Moments) -> Moments {
  let count = max(a.count + b.count, 1.0);
  let delta = b.mean - a.mean;
  return Moments(
    a.count + b.count,
    a.mean + delta * (b.count / count),
    a.squares + b.squares + delta * delta * (a.count * b.count / count),
  );
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let c = flat_group(group, groups);
  let count = select(0u, params.count, c < params.channels);
  // The walk over (sample, position) goes 64 values a step without dividing.
  let step_samples = 64u / params.plane;
  let step_positions = 64u % params.plane;
  let jump = params.channels * params.plane;
  var position = local % params.plane;
  var at = c * params.plane + (local / params.plane) * jump + position;
  var own = Moments(0.0, 0.0, 0.0);
  for (var i = local; i < count; i += 64u) {
    let value = x[at];
    own.count += 1.0;
    let delta = value - own.mean;
    own.mean += delta / own.count;
    own.squares += delta * (value - own.mean);
    position += step_positions;
    at += step_samples * jump + step_positions;
    if (position >= params.plane) {
      position -= params.plane;
      at += jump - params.plane;
    }
  }
  parts[local] = own;
  for (var half = 32u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (local < half) { parts[local] = merge(parts[local], parts[local + half]); }
  }
  if (local > 0u || c >= params.channels) { return; }
  let all = parts[0];
  mean[c] = all.mean;
  variance[c] = all.squares / all.count;
  running_mean[c] += params.momentum * (all.mean - running_mean[c]);
  running_variance[c] += params.momentum * (all.squares / (all.count - 1.0) - running_variance[c]);
}
