// dx[p,h,w] = g[p, h / 2, w / 2] where that window's maximum stood at (h, w), else 0: max_pool_backward.wgsl for what
// max_pool_halving.wgsl pooled. Called by src/ops/pool/max.ts.
// Thread t gives the gradients of four windows to two vec4 of two lines: t = (p · out_height + i) · quads + j / 4.

//#import index

struct Params { threads: u32, quads: u32, out_height: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> where_from: array<vec4<i32>>;

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
  let width = i32(4u * line);
  let first = 2 * i32(row % params.out_height) * width + 8 * i32(quad);
  let grad = g[thread];
  let offset = where_from[thread] - vec4<i32>(first) - vec4<i32>(0, 2, 4, 6);
  let to = 2u * row * line + 2u * quad;
  for (var below = 0u; below < 2u; below++) {
    let at = i32(below) * width;
    let left = select(vec4<f32>(), grad, offset == vec4<i32>(at));
    let right = select(vec4<f32>(), grad, offset == vec4<i32>(at + 1));
    dx[to + below * line] = vec4<f32>(left.x, right.x, left.y, right.y);
    dx[to + below * line + 1u] = vec4<f32>(left.z, right.z, left.w, right.w);
  }
}
