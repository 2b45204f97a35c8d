// y[p,i,j] = max of the 2 × 2 pixels of x[p] at (2i, 2j), and where in plane p it stands: max_pool.wgsl where windows lie side
// by side and rows are whole groups of four results. Called by src/ops/pool/max.ts.
// The first of equals wins, in reading order; a NaN wins over every number.
// Thread t computes four neighbours, from two vec4 of two lines: t = (p · out_height + i) · quads + j / 4.

//#import index
//#import nan
//#import best

struct Params { threads: u32, quads: u32, out_height: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> where_from: array<vec4<i32>>;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let thread = flat_thread(group, groups, local, 64u);
  if (thread >= params.threads) { return; }
  let row = thread / params.quads;
  let quad = thread - row * params.quads;
  let line = 2u * params.quads;
  let source = 2u * row * line + 2u * quad;
  let above = array(x[source], x[source + 1u]);
  let below = array(x[source + line], x[source + line + 1u]);
  let width = 4u * line;
  let first = i32(2u * (row % params.out_height) * width + 8u * quad);
  let at = vec4<i32>(first) + vec4<i32>(0, 2, 4, 6);
  let next = at + i32(width);
  var best = Best(vec4<f32>(above[0].xz, above[1].xz), at);
  best = better(best, vec4<f32>(above[0].yw, above[1].yw), at + 1);
  best = better(best, vec4<f32>(below[0].xz, below[1].xz), next);
  best = better(best, vec4<f32>(below[0].yw, below[1].yw), next + 1);
  y[thread] = best.value;
  where_from[thread] = best.at;
}
