// dx[n,c] = g[n] · (e^(x[n,c] − m[n]) / Σ[n] − [c = label[n]]), with (m, Σ) kept by cross_entropy.wgsl; 0 in ignored rows.
// Called by src/ops/cross-entropy.ts; g is one number a row, or one for all rows (grad_step 0), with MEAN times the share of a
// row. Thread t computes element t = n · C + c. A label outside [0, C) that is not ignored makes its row NaN, like its loss.

//#import index
//#import nan
//#import exponential

struct Params { count: u32, classes: u32, grad_step: u32, ignore_index: i32, nan: f32 }

override MEAN: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> share: array<f32>;
@group(0) @binding(4) var<storage, read> statistics: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read> x: array<f32>;
@group(0) @binding(6) var<storage, read> labels: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let n = t / params.classes;
  let label = labels[n];
  if (label == params.ignore_index) {
    dx[t] = 0.0;
    return;
  }
  let c = i32(t - n * params.classes);
  let row = statistics[n];
  var difference = exp_of_fall(x[t], row.x) / row.y - select(0.0, 1.0, c == label);
  if (label < 0 || u32(label) >= params.classes) { difference = params.nan; }
  var weight = g[n * params.grad_step];
  if (MEAN) { weight *= share[0]; }
  dx[t] = weight * difference;
}
