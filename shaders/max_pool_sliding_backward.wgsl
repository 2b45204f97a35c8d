// dx[p,h,w] = Σ of g over the 3 × 3 windows of plane p that hold (h, w) and whose maximum stood there: max_pool_backward.wgsl
// for what max_pool_sliding.wgsl pooled. Called by src/ops/pool/max.ts.
// Thread t goes down four lines, four neighbours at a time: a line of windows is read once for three lines of pixels.

//#import index
//#import strip

@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> where_from: array<vec4<i32>>;

// Windows to the left of four pixels, around them and to the right: gradients, and where the maxima stood, −1 outside.
struct Line {
  left: vec4<f32>, middle: vec4<f32>, right: vec4<f32>,
  left_at: vec4<i32>, middle_at: vec4<i32>, right_at: vec4<i32>,
}

fn line_of(plane: u32, line: i32, quad: u32) -> Line {
  let none = vec4<i32>(-1);
  if (line < 0 || line >= i32(params.height)) {
    return Line(vec4<f32>(), vec4<f32>(), vec4<f32>(), none, none, none);
  }
  let here = (plane * params.height + u32(line)) * params.quads + quad;
  let has_left = quad > 0u;
  let has_right = quad + 1u < params.quads;
  let before = select(here, here - 1u, has_left);
  let after = select(here, here + 1u, has_right);
  let values = g[here];
  let places = where_from[here];
  return Line(
    vec4<f32>(g[before].w, values.xyz), values, vec4<f32>(values.yzw, g[after].x),
    vec4<i32>(select(-1, where_from[before].w, has_left), places.xyz),
    places,
    vec4<i32>(places.yzw, select(-1, where_from[after].x, has_right)),
  );
}

fn share(line: Line, own: vec4<i32>) -> vec4<f32> {
  let none = vec4<f32>();
  return select(none, line.left, line.left_at == own)
    + select(none, line.middle, line.middle_at == own)
    + select(none, line.right, line.right_at == own);
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
  var above = line_of(strip.plane, i32(strip.top) - 1, strip.quad);
  var middle = line_of(strip.plane, i32(strip.top), strip.quad);
  for (var h = strip.top; h < strip.bottom; h++) {
    let below = line_of(strip.plane, i32(h) + 1, strip.quad);
    let own = vec4<i32>(i32(4u * (h * params.quads + strip.quad))) + vec4<i32>(0, 1, 2, 3);
    dx[(strip.plane * params.height + h) * params.quads + strip.quad] = share(above, own) + share(middle, own) + share(below, own);
    above = middle;
    middle = below;
  }
}
