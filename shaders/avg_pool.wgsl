// y[p,i,j] = Σ of x[p] over the window at (i, j) · stride − padding, divided by the kernel's size, or by the number of
// values inside the image unless COUNT_PADDING. Called by src/ops/pool/avg.ts.
// Thread t computes four neighbours along a row, loading what their windows share once: row = t / chunks = p · out_height + i.

//#import index
//#import running_sum

struct Params {
  rows: u32, out_height: u32, out_width: u32,
  height: i32, width: i32, kernel_height: i32, kernel_width: i32,
  stride_height: i32, stride_width: i32, padding_height: i32, padding_width: i32,
}

override COUNT_PADDING: bool = true;
// Windows of more than 512 values.
override LONG: bool = false;
// Whether windows may reach over the padded edge, beyond which nothing counts.
override CEIL: bool = false;
// What is divided by instead, unless 0.
override DIVISOR: i32 = 0;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks = (params.out_width + 3u) / 4u;
  let thread = flat_thread(group, groups, local, 64u);
  let row = thread / chunks;
  if (row >= params.rows) { return; }
  let plane = row / params.out_height;
  let start = i32(plane) * params.height * params.width;
  let first = 4u * (thread - row * chunks);
  let y0 = i32(row - plane * params.out_height) * params.stride_height - params.padding_height;
  let x0 = (vec4<i32>(i32(first)) + vec4<i32>(0, 1, 2, 3)) * params.stride_width - params.padding_width;
  let x1 = x0 + params.kernel_width;
  let top = max(y0, 0);
  let bottom = min(y0 + params.kernel_height, params.height);
  var sums = RunningSums();
  for (var line = top; line < bottom; line++) {
    for (var column = max(x0.x, 0); column < min(x1.w, params.width); column++) {
      let value = x[start + line * params.width + column];
      let inside = (x0 <= vec4<i32>(column)) & (vec4<i32>(column) < x1);
      let term = select(vec4<f32>(), vec4<f32>(value), inside);
      if (LONG) { sums = with_parts(sums, term); } else { sums.sum += term; }
    }
  }
  var size = vec4<i32>(params.kernel_height * params.kernel_width);
  if (CEIL) {
    size = (min(y0 + params.kernel_height, params.height + params.padding_height) - y0)
      * (min(x1, vec4<i32>(params.width + params.padding_width)) - x0);
  }
  if (!COUNT_PADDING) { size = (bottom - top) * (min(x1, vec4<i32>(params.width)) - max(x0, vec4<i32>(0))); }
  if (DIVISOR != 0) { size = vec4<i32>(DIVISOR); }
  let total = wholes(sums) / vec4<f32>(size);
  for (var j = 0u; j < min(4u, params.out_width - first); j++) { y[row * params.out_width + first + j] = total[j]; }
}
