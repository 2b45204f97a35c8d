// dx = (w − mean(w) − x̂ mean(w x̂)) scale for w = g · weight and x̂ = (x − mean) scale, over each row of [rows, length]; with RMS
// without the first mean. Called by src/ops/norm-kernels.ts; statistics are (mean, scale) of each row, see norm.wgsl.
// LANES neighbouring threads share a row: each visits every LANES-th value, a tree adds up.

//#import index
//#import running_sum
//#import lanes

// Value i of row r has weight number (r % groups) · channels + i / plane.
struct Params { rows: u32, length: u32, groups: u32, channels: u32, plane: u32 }

override RMS: bool = false;
override WEIGHTED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read> weight: array<f32>;

fn slope(at: u32, c: u32) -> f32 {
  if (WEIGHTED) { return g[at] * weight[c]; }
  return g[at];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % LANES;
  let r = flat_thread(group, groups, local, 64u) / LANES;
  let length = select(0u, params.length, r < params.rows);
  let start = r * params.length;
  let first = (r % params.groups) * params.channels;
  let own = statistics[min(r, params.rows - 1u)];
  var slopes = RunningSum();
  var products = RunningSum();
  for (var chain = lane; chain < length; chain += CHAIN * LANES) {
    var sums = vec2<f32>();
    for (var i = chain; i < min(chain + CHAIN * LANES, length); i += LANES) {
      let w = slope(start + i, first + i / params.plane);
      sums += vec2<f32>(w, w * ((x[start + i] - own.x) * own.y));
    }
    slopes = with_part(slopes, sums.x);
    products = with_part(products, sums.y);
  }
  let means = shared_sum(vec2<f32>(whole(slopes), whole(products)), lane) / f32(max(params.length, 1u));
  let shift = select(means.x, 0.0, RMS);
  for (var i = lane; i < length; i += LANES) {
    let w = slope(start + i, first + i / params.plane);
    dx[start + i] = (w - shift - (x[start + i] - own.x) * own.y * means.y) * own.y;
  }
}
