// y[p,i,j] = Σ of the 3 × 3 pixels of x[p] around (i, j), divided by 9, or by how many there are unless COUNT_PADDING:
// avg_pool.wgsl where a window stands around every pixel and rows are whole groups of four. With BACKWARD its gradient, which
// is such a sum of gradients, each divided first. Called by src/ops/pool/avg.ts.
// Thread t goes down four lines, four neighbours at a time: the sum of a line serves three windows below each other.

//#import index
//#import strip

override COUNT_PADDING: bool = true;
override BACKWARD: bool = false;

@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;

// What the windows around four pixels of a line divide by.
fn sizes(line: i32, columns: vec4<i32>) -> vec4<f32> {
  if (COUNT_PADDING) { return vec4<f32>(9.0); }
  let lines = min(line + 2, i32(params.height)) - max(line - 1, 0);
  let width = vec4<i32>(i32(4u * params.quads));
  return vec4<f32>(lines * (min(columns + 2, width) - max(columns - 1, vec4<i32>())));
}

fn divided(value: vec4<f32>, line: i32, columns: vec4<i32>) -> vec4<f32> {
  if (!BACKWARD) { return value; }
  return value / sizes(line, columns);
}

fn columns_of(quad: u32) -> vec4<i32> {
  return vec4<i32>(i32(4u * quad)) + vec4<i32>(0, 1, 2, 3);
}

// Of three neighbours in a line, for each of four windows.
fn sum_of(plane: u32, line: i32, quad: u32) -> vec4<f32> {
  if (line < 0 || line >= i32(params.height)) { return vec4<f32>(); }
  let here = (plane * params.height + u32(line)) * params.quads + quad;
  let has_left = quad > 0u;
  let has_right = quad + 1u < params.quads;
  let columns = columns_of(quad);
  let middle = divided(x[here], line, columns);
  let left = divided(vec4<f32>(x[select(here, here - 1u, has_left)].w), line, columns - 1).x;
  let right = divided(vec4<f32>(x[select(here, here + 1u, has_right)].x), line, columns + 1).w;
  return vec4<f32>(select(0.0, left, has_left), middle.xyz) + middle + vec4<f32>(middle.yzw, select(0.0, right, has_right));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let thread = flat_thread(group, groups, local, 64u);
  if (thread >= params.threads) { return; }
  let strip = strip_of(thread);
  var above = sum_of(strip.plane, i32(strip.top) - 1, strip.quad);
  var middle = sum_of(strip.plane, i32(strip.top), strip.quad);
  for (var i = strip.top; i < strip.bottom; i++) {
    let below = sum_of(strip.plane, i32(i) + 1, strip.quad);
    var total = above + middle + below;
    if (!BACKWARD) { total /= sizes(i32(i), columns_of(strip.quad)); }
    y[(strip.plane * params.height + i) * params.quads + strip.quad] = total;
    above = middle;
    middle = below;
  }
}
