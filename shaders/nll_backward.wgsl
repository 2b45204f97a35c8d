// dx[n,c,i] = −g[n,i] w[c] where c = label[n,i], else 0; dx [N, C, inner], labels [N, inner], without WEIGHTED w = 1.
// Called by src/ops/loss/nll.ts; g is one number an element, or one for all (grad_step 0), with MEAN divided by Σ w of the labels.
// Thread t computes element t of dx. A label outside [0, C) that is not ignored makes its column NaN, like its loss.

//#import index

struct Params { count: u32, classes: u32, inner: u32, grad_step: u32, ignore_index: i32, nan: f32 }

override WEIGHTED: bool = false;
override MEAN: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> total: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<i32>;
@group(0) @binding(5) var<storage, read> w: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let i = t % params.inner;
  let c = t / params.inner % params.classes;
  let element = t / params.inner / params.classes * params.inner + i;
  let label = labels[element];
  if (label == params.ignore_index) {
    dx[t] = 0.0;
    return;
  }
  if (label < 0 || u32(label) >= params.classes) {
    dx[t] = params.nan;
    return;
  }
  var slope = 0.0;
  if (u32(label) == c) {
    slope = -g[element * params.grad_step];
    if (WEIGHTED) { slope *= w[c]; }
    if (MEAN) { slope /= total[0]; }
  }
  dx[t] = slope;
}
