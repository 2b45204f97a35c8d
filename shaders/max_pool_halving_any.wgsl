// y[p,i,j] = max of the 2 × 2 pixels of x[p] at (2i, 2j), and where in plane p it stands: max_pool_halving.wgsl for rows that
// are no whole groups of four results. Called by src/ops/pool/max.ts.
// The first of equals wins, in reading order; a NaN wins over every number.
// Thread t computes four neighbours of row t / chunks; beyond the row it is the last one once more.

//#import index
//#import nan
//#import best

struct Params { threads: u32, chunks: u32, out_height: u32, out_width: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> where_from: array<i32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;

fn four(at: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(x[at.x], x[at.y], x[at.z], x[at.w]);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let thread = flat_thread(group, groups, local, 64u);
  if (thread >= params.threads) { return; }
  let row = thread / params.chunks;
  let first = 4u * (thread - row * params.chunks);
  let j = min(vec4<u32>(first, first + 1u, first + 2u, first + 3u), vec4<u32>(params.out_width - 1u));
  let width = 2u * params.out_width;
  let above = 2u * j + 2u * row * width;
  let below = above + width;
  let at = vec4<i32>(2u * j + 2u * (row % params.out_height) * width);
  let next = at + i32(width);
  var best = Best(four(above), at);
  best = better(best, four(above + 1u), at + 1);
  best = better(best, four(below), next);
  best = better(best, four(below + 1u), next + 1);
  let to = j + row * params.out_width;
  y[to.x] = best.value.x;
  y[to.y] = best.value.y;
  y[to.z] = best.value.z;
  y[to.w] = best.value.w;
  where_from[to.x] = best.at.x;
  where_from[to.y] = best.at.y;
  where_from[to.z] = best.at.z;
  where_from[to.w] = best.at.w;
}
