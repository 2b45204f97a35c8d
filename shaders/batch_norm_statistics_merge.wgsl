// Puts together the moments of a channel's parts, as batch_norm_statistics.wgsl left them; see snippets/statistics.wgsl.
// Called by src/ops/batch-norm-sums.ts.
// A thread takes a channel, and its parts in their order.

//#import index
//#import running_sum
//#import moments
//#import statistics

struct Params { channels: u32, parts: u32, momentum: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(5) var<storage, read> parts: array<Moments>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let c = flat_thread(group, groups, local, 64u);
  if (c >= params.channels) { return; }
  var all = Moments(0.0, 0.0, 0.0);
  var squares = RunningSum();
  for (var part = 0u; part < params.parts; part++) {
    all = merge(Moments(all.count, all.mean, 0.0), parts[c * params.parts + part]);
    squares = with_part(squares, all.squares);
  }
  settle(c, Moments(all.count, all.mean, whole(squares)), params.momentum);
}
