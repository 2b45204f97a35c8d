// dx[p,h,w] = Σ of g[p,i,j] / size(i, j) over the windows (i, j) that hold (h, w); size counts as in avg_pool.wgsl.
// Called by src/ops/pool/avg.ts.
// Thread t computes four neighbours along a row, from the windows of all four: row = t / chunks = p · height + h.

//#import index
//#import running_sum

struct Params {
  rows: u32, out_height: u32, out_width: u32,
  height: u32, width: u32, kernel_height: u32, kernel_width: u32,
  stride_height: u32, stride_width: u32, padding_height: u32, padding_width: u32,
}

override COUNT_PADDING: bool = true;
// Windows of more than 512 values.
override LONG: bool = false;
// Whether windows may reach over the padded edge, beyond which nothing counts.
override CEIL: bool = false;
// What is divided by instead, unless 0.
override DIVISOR: i32 = 0;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;

// The first window that reaches as far as `at`, counted with padding.
fn first_window(at: u32, kernel: u32, stride: u32) -> u32 {
  if (at < kernel) { return 0u; }
  return (at - kernel) / stride + 1u;
}

// How much of a window of `kernel` values from `start` (counted with padding) lies in an image of `length`.
fn inside(start: u32, kernel: u32, padding: u32, length: u32) -> f32 {
  if (COUNT_PADDING) {
    if (CEIL) { return f32(min(start + kernel, length + 2u * padding) - start); }
    return f32(kernel);
  }
  return f32(min(start + kernel, length + padding) - max(start, padding));
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
  let w = 4u * (thread - row * chunks);
  let padded_h = row - plane * params.height + params.padding_height;
  let padded_w = w + params.padding_width;
  let top = first_window(padded_h, params.kernel_height, params.stride_height);
  let bottom = min(padded_h / params.stride_height + 1u, params.out_height);
  let left = first_window(padded_w, params.kernel_width, params.stride_width);
  let right = min((padded_w + 3u) / params.stride_width + 1u, params.out_width);
  let own = vec4<u32>(padded_w) + vec4<u32>(0u, 1u, 2u, 3u);
  var sums = RunningSums();
  for (var i = top; i < bottom; i++) {
    let line = (plane * params.out_height + i) * params.out_width;
    let lines = inside(i * params.stride_height, params.kernel_height, params.padding_height, params.height);
    for (var j = left; j < right; j++) {
      let x0 = j * params.stride_width;
      var size = lines * inside(x0, params.kernel_width, params.padding_width, params.width);
      if (DIVISOR != 0) { size = f32(DIVISOR); }
      let share = g[line + j] / size;
      let holds = (vec4<u32>(x0) <= own) & (own < vec4<u32>(x0 + params.kernel_width));
      let term = select(vec4<f32>(), vec4<f32>(share), holds);
      if (LONG) { sums = with_parts(sums, term); } else { sums.sum += term; }
    }
  }
  let total = wholes(sums);
  for (var j = 0u; j < min(4u, params.width - w); j++) { dx[row * params.width + w + j] = total[j]; }
}
