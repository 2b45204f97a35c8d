// weight_squares[c] = Σ_n (Σ_p g x̂)² and bias_squares[c] = Σ_n (Σ_p g)², x̂ = (x − mean[c]) / √(variance[c] + eps).
// Called by src/ops/batch-norm-sums.ts for per-sample gradients in evaluation; g and x are [N, C, plane].
// Workgroup c takes channel c: thread t sums and squares every 64th sample, a tree adds the threads' squares.

//#import index
//#import running_sum

struct Params { channels: u32, plane: u32, samples: u32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> weight_squares: array<f32>;
@group(0) @binding(2) var<storage, read_write> bias_squares: array<f32>;
@group(0) @binding(3) var<storage, read> g: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read> mean: array<f32>;
@group(0) @binding(6) var<storage, read> variance: array<f32>;

var<workgroup> parts: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let c = flat_group(group, groups);
  let samples = select(0u, params.samples, c < params.channels);
  let centre = mean[min(c, params.channels - 1u)];
  var weights = RunningSum();
  var biases = RunningSum();
  for (var n = local; n < samples; n += 64u) {
    let start = (n * params.channels + c) * params.plane;
    var products = RunningSum();
    var slopes = RunningSum();
    for (var chain = start; chain < start + params.plane; chain += CHAIN) {
      var sums = vec2<f32>();
      for (var at = chain; at < min(chain + CHAIN, start + params.plane); at++) {
        let slope = g[at];
        sums += vec2<f32>(slope * (x[at] - centre), slope);
      }
      products = with_part(products, sums.x);
      slopes = with_part(slopes, sums.y);
    }
    let own = vec2<f32>(whole(products), whole(slopes));
    weights = with_part(weights, own.x * own.x);
    biases = with_part(biases, own.y * own.y);
  }
  parts[local] = vec2<f32>(whole(weights), whole(biases));
  for (var half = 32u; half > 0u; half = half / 2u) {
    workgroupBarrier();
    if (local < half) { parts[local] += parts[local + half]; }
  }
  if (local > 0u || c >= params.channels) { return; }
  weight_squares[c] = parts[0].x / (variance[c] + params.eps);
  bias_squares[c] = parts[0].y;
}
