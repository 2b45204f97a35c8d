// sum[i] += term[i], where lost[i] keeps what rounding takes from it.
// Called by src/fisher/running-sum.ts.
// Thread t takes element t.

//#import index
//#import running_sum

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> sum: array<f32>;
@group(0) @binding(2) var<storage, read_write> lost: array<f32>;
@group(0) @binding(3) var<storage, read> term: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let more = with_part(RunningSum(sum[t], lost[t]), term[t]);
  sum[t] = more.sum;
  lost[t] = more.lost;
}
