// dweight[part, c] = Σ g x̂ and dbias[part, c] = Σ g over a part of the samples of [outer, weights, plane], x̂ = (x − mean) scale; with
// SQUARED the squares of each unit's own sums are added up. Called by src/ops/norm-kernels.ts; statistics are (mean, scale).
// LANES neighbouring threads share (part, c). A part is part_units units of `unit` outer places; each unit is a sum of its own.

//#import index
//#import running_sum
//#import lanes

// Outer place o and weight c have the statistics number o · groups + c / channels.
struct Params {
  weights: u32, plane: u32, outer: u32, unit: u32, part_units: u32, parts: u32, groups: u32, channels: u32,
}

override SQUARED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(2) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(3) var<storage, read> g: array<f32>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read> statistics: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let lane = local % LANES;
  let t = flat_thread(group, groups, local, 64u) / LANES;
  let part = t / params.weights;
  let c = t % params.weights;
  let statistic = c / params.channels;
  var totals = RunningSums();
  for (var u = 0u; u < params.part_units; u++) {
    let first = min((part * params.part_units + u) * params.unit, params.outer);
    let places = select(0u, min(params.unit, params.outer - first), part < params.parts);
    let count = places * params.plane;
    var o = first;
    var p = lane;
    var sums = RunningSums();
    for (var chain = lane; chain < count; chain += CHAIN * LANES) {
      var sum = vec2<f32>();
      for (var i = chain; i < min(chain + CHAIN * LANES, count); i += LANES) {
        let own = statistics[o * params.groups + statistic];
        let at = (o * params.weights + c) * params.plane + p;
        sum += g[at] * vec2<f32>((x[at] - own.x) * own.y, 1.0);
        p += LANES;
        if (p >= params.plane) {
          p -= params.plane;
          o += 1u;
        }
      }
      sums = with_parts(sums, vec4<f32>(sum, 0.0, 0.0));
    }
    let own = shared_sum(wholes(sums).xy, lane);
    totals = with_parts(totals, vec4<f32>(select(own, own * own, SQUARED), 0.0, 0.0));
  }
  if (lane > 0u || part >= params.parts) { return; }
  let total = wholes(totals);
  dweight[t] = total.x;
  dbias[t] = total.y;
}
