// out[o, j, i] = x[o, source_of(j − before), i]: a row with a border of its own elements; words of any type.
// Called by src/ops/border.ts, an axis at a time; pad_border_backward.wgsl is its derivative.
// Thread t computes element t of out [outer, padded, inner].

//#import index
//#import border

struct Params { count: u32, length: i32, padded: u32, inner: u32, before: i32 }

override MODE: u32 = 0u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<storage, read> x: array<u32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  if (t >= params.count) { return; }
  let row = t / params.inner;
  let i = t - row * params.inner;
  let o = row / params.padded;
  let place = i32(row - o * params.padded) - params.before;
  let source = u32(source_of(place, params.length, MODE));
  out[t] = x[(o * u32(params.length) + source) * params.inner + i];
}
