// y[p,i,j] = max of the 3 × 3 pixels of x[p] around (i, j), and where in plane p it stands: max_pool.wgsl where a window stands
// around every pixel and rows are whole groups of four. Called by src/ops/pool/max.ts.
// The first of equals wins, in reading order; a NaN wins over every number.
// Thread t goes down four lines, four neighbours at a time: the largest of a line serves three windows below each other.

//#import index
//#import strip
//#import nan

@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> where_from: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;

// What is at −1 lies outside of the image.
struct Best { value: vec4<f32>, at: vec4<i32> }

// Of two, the second of which stands later in reading order.
fn better(a: Best, b: Best) -> Best {
  let nan = vec4<bool>(is_nan(b.value.x), is_nan(b.value.y), is_nan(b.value.z), is_nan(b.value.w));
  let wins = (b.at >= vec4<i32>()) & ((b.value > a.value) | nan | (a.at < vec4<i32>()));
  return Best(select(a.value, b.value, wins), select(a.at, b.at, wins));
}

// The largest of three neighbours in a line, for each of four windows.
fn largest(plane: u32, line: i32, quad: u32) -> Best {
  if (line < 0 || line >= i32(params.height)) { return Best(vec4<f32>(), vec4<i32>(-1)); }
  let place = u32(line) * params.quads + quad;
  let here = plane * params.height * params.quads + place;
  let has_left = quad > 0u;
  let has_right = quad + 1u < params.quads;
  let middle = x[here];
  let left = x[select(here, here - 1u, has_left)].w;
  let right = x[select(here, here + 1u, has_right)].x;
  let at = vec4<i32>(i32(4u * place)) + vec4<i32>(0, 1, 2, 3);
  let lefts = Best(vec4<f32>(left, middle.xyz), vec4<i32>(select(-1, at.x - 1, has_left), at.xyz));
  let rights = Best(vec4<f32>(middle.yzw, right), vec4<i32>(at.yzw, select(-1, at.w + 1, has_right)));
  return better(better(lefts, Best(middle, at)), rights);
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
  var above = largest(strip.plane, i32(strip.top) - 1, strip.quad);
  var middle = largest(strip.plane, i32(strip.top), strip.quad);
  for (var i = strip.top; i < strip.bottom; i++) {
    let below = largest(strip.plane, i32(i) + 1, strip.quad);
    let best = better(better(above, middle), below);
    let here = (strip.plane * params.height + i) * params.quads + strip.quad;
    y[here] = best.value;
    where_from[here] = best.at;
    above = middle;
    middle = below;
  }
}
