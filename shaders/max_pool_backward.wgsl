// dx[p,h,w] = Σ of g[p,i,j] over the windows (i, j) whose maximum stood at (h, w): windows may overlap, so inputs gather.
// Called by src/ops/pool/max.ts; where_from comes from max_pool.wgsl.
// Thread t computes four neighbours along a row, from the windows of all four: row = t / chunks = p · height + h.

//#import index

struct Params {
  rows: u32, out_height: u32, out_width: u32,
  height: u32, width: u32, kernel_height: u32, kernel_width: u32,
  stride_height: u32, stride_width: u32, padding_height: u32, padding_width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> where_from: array<i32>;

// The first window that reaches as far as `at`, counted with padding.
fn first_window(at: u32, kernel: u32, stride: u32) -> u32 {
  if (at < kernel) { return 0u; }
  return (at - kernel) / stride + 1u;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks = (params.width + 3u) / 4u;
  let thread = flat_thread(group, groups, local, 64u);
  let row = thread / chunks;
  if (row >= params.rows) { return; }
  let plane = row / params.height;
  let h = row - plane * params.height;
  let w = 4u * (thread - row * chunks);
  let padded_h = h + params.padding_height;
  let padded_w = w + params.padding_width;
  let top = first_window(padded_h, params.kernel_height, params.stride_height);
  let bottom = min(padded_h / params.stride_height + 1u, params.out_height);
  let left = first_window(padded_w, params.kernel_width, params.stride_width);
  let right = min((padded_w + 3u) / params.stride_width + 1u, params.out_width);
  let own = vec4<i32>(i32(h * params.width + w)) + vec4<i32>(0, 1, 2, 3);
  var total = vec4<f32>();
  for (var i = top; i < bottom; i++) {
    let line = (plane * params.out_height + i) * params.out_width;
    for (var at = line + left; at < line + right; at++) {
      total += select(vec4<f32>(), vec4<f32>(g[at]), own == vec4<i32>(where_from[at]));
    }
  }
  for (var j = 0u; j < min(4u, params.width - w); j++) { dx[row * params.width + w + j] = total[j]; }
}
