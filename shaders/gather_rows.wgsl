// rows[b, i] = table[order[start + b], i], i < width, and the labels with them.
// Called by src/data/gather-rows.ts. The table is [N, width] f32; order holds numbers of rows, labels are beside it.
// Thread t computes value t of a batch; threads 0 to B − 1 also copy a label.

//#import index

struct Params { count: u32, start: u32, batch: u32, width: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> rows: array<f32>;
@group(0) @binding(2) var<storage, read_write> batch_labels: array<i32>;
@group(0) @binding(3) var<storage, read> table: array<f32>;
@group(0) @binding(4) var<storage, read> order: array<u32>;
@group(0) @binding(5) var<storage, read> labels: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t < params.batch) { batch_labels[t] = labels[params.start + t]; }
  if (t >= params.count) { return; }
  let b = t / params.width;
  rows[t] = table[order[params.start + b] * params.width + t % params.width];
}
