// Adds the sums of a channel's parts, as batch_norm_sums.wgsl left them, and divides that for the weight by
// √(variance[c] + eps). With PER_SAMPLE a part is a sample, and what is added are the squares of its gradients.
// Called by src/ops/batch-norm-sums.ts. A thread takes a channel, and its parts in their order.

//#import index
//#import running_sum

struct Params { channels: u32, parts: u32, eps: f32 }

override PER_SAMPLE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> grad_weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> grad_bias: array<f32>;
@group(0) @binding(3) var<storage, read> parts: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read> variance: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let c = flat_thread(group, groups, local, 64u);
  if (c >= params.channels) { return; }
  var weights = RunningSum();
  var biases = RunningSum();
  for (var part = 0u; part < params.parts; part++) {
    let own = parts[c * params.parts + part];
    let term = select(own, own * own, PER_SAMPLE);
    weights = with_part(weights, term.x);
    biases = with_part(biases, term.y);
  }
  let square = variance[c] + params.eps;
  grad_weight[c] = whole(weights) / select(sqrt(square), square, PER_SAMPLE);
  grad_bias[c] = whole(biases);
}
