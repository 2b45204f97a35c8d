// dx[n,c] = scale · g[n] · (e^(x[n,c] − m[n]) / Σ[n] − [c = label[n]]), with (m, Σ) kept by cross_entropy.wgsl.
// Called by src/ops/cross-entropy.ts; g is one number for all rows (grad_step 0) or one a row (grad_step 1).
// Thread t computes element t = n · C + c. A label outside [0, C) makes its row NaN, like its loss.

//#import index
//#import nan
//#import exponential

struct Params { count: u32, classes: u32, grad_step: u32, scale: f32, nan: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read> x: array<f32>;
@group(0) @binding(5) var<storage, read> labels: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let n = t / params.classes;
  let c = i32(t - n * params.classes);
  let label = labels[n];
  let row = statistics[n];
  var difference = exp_of_fall(x[t], row.x) / row.y - select(0.0, 1.0, c == label);
  if (label < 0 || u32(label) >= params.classes) { difference = params.nan; }
  dx[t] = params.scale * g[n * params.grad_step] * difference;
}
