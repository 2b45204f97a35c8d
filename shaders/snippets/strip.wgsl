// How threads share out planes whose lines are whole groups of four pixels: each goes down four lines of one group.
// Imported by shaders/max_pool_sliding.wgsl, max_pool_sliding_backward.wgsl and avg_pool_sliding.wgsl: `//#import strip`.
// t = (plane · strips + top / 4) · quads + quad.

struct Params { threads: u32, quads: u32, height: u32, strips: u32 }

@group(0) @binding(0) var<uniform> params: Params;

struct Strip { plane: u32, quad: u32, top: u32, bottom: u32 }

fn strip_of(thread: u32) -> Strip {
  let quad = thread % params.quads;
  let rest = thread / params.quads;
  let top = 4u * (rest % params.strips);
  return Strip(rest / params.strips, quad, top, min(top + 4u, params.height));
}
