// dx[p,h,w] = g[p, h / 2, w / 2] where that window's maximum stood at (h, w), else 0: max_pool_backward.wgsl for what
// max_pool_halving_any.wgsl pooled. Called by src/ops/pool/max.ts.
// Thread t gives the gradients of four windows of row t / chunks; beyond the row it is the last one once more.

//#import index

struct Params { threads: u32, chunks: u32, out_height: u32, out_width: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> where_from: array<i32>;

fn give(to: vec4<u32>, grad: vec4<f32>, here: vec4<bool>) {
  let value = select(vec4<f32>(), grad, here);
  dx[to.x] = value.x;
  dx[to.y] = value.y;
  dx[to.z] = value.z;
  dx[to.w] = value.w;
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
  let source = j + row * params.out_width;
  let grad = vec4<f32>(g[source.x], g[source.y], g[source.z], g[source.w]);
  let at = vec4<i32>(where_from[source.x], where_from[source.y], where_from[source.z], where_from[source.w]);
  let offset = at - vec4<i32>(2u * j + 2u * (row % params.out_height) * width);
  let above = 2u * j + 2u * row * width;
  let below = above + width;
  give(above, grad, offset == vec4<i32>());
  give(above + 1u, grad, offset == vec4<i32>(1));
  give(below, grad, offset == vec4<i32>(i32(width)));
  give(below + 1u, grad, offset == vec4<i32>(i32(width) + 1));
}
