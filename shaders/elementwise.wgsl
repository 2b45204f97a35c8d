// out[i] = apply(x[i], ...) for operands of one shape; an operand of one element is read as a constant, one of an
// element a channel by where i lies among planes.
// Called by src/tensor/elementwise.ts, which fills the regions with the operands and the expression.
// Thread t computes QUADS neighbouring vec4, loaded before any is stored: software adapters then read them as one.
// Buffers have room for the last, partial group.

//#import index
//#begin imports
//#import nan
//#import exponential
//#import math
//#end

//#begin params
struct Params { count: u32, plane: u32, channels: u32 }
const QUADS = 1u;
//#end

@group(0) @binding(0) var<uniform> params: Params;
//#begin bindings
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> in_x: array<vec4<f32>>;
//#end

//#begin apply
fn apply(x: f32) -> f32 {
  return x;
}
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let i = QUADS * flat_thread(group, groups, local, 64u);
  if (4u * i >= params.count) { return; }
//#begin body
  let x = in_x[i];
  out[i] = vec4<f32>(apply(x.x), apply(x.y), apply(x.z), apply(x.w));
//#end
}
