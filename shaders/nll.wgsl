// loss[n,i] = −w[c] x[n,c,i] and counted[n,i] = w[c] for c = label[n,i]; x [N, C, inner], labels [N, inner], without WEIGHTED w = 1.
// Called by src/ops/loss/nll.ts; where a label is ignored both are 0, where it is another one outside [0, C) the loss is NaN.
// Thread t computes element t = n · inner + i.

//#import index

struct Params { count: u32, classes: u32, inner: u32, ignore_index: i32, nan: f32 }

override WEIGHTED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> counted: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
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
  let label = labels[t];
  if (label == params.ignore_index) {
    loss[t] = 0.0;
    counted[t] = 0.0;
    return;
  }
  var share = 1.0;
  var own = params.nan;
  if (label >= 0 && u32(label) < params.classes) {
    let n = t / params.inner;
    own = x[(n * params.classes + u32(label)) * params.inner + (t - n * params.inner)];
    if (WEIGHTED) { share = w[label]; }
  }
  loss[t] = -share * own;
  counted[t] = share;
}
