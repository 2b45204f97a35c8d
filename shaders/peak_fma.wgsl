// out[t] = Σ x_c after `rounds` times 8 steps of x_c = x_c · a + b: nothing but f32 multiply-adds in registers.
// Called by runtime/peaks.ts to measure an adapter's peak arithmetic; the result is stored so that none is left out.
// Thread t runs 2 independent chains of vec4, or 4 with WIDE: adapters differ in how many keep them busiest.

//#import index

struct Params { rounds: u32, a: f32, b: f32 }

override WIDE: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let t = flat_thread(group, groups, local, 64u);
  let a = vec4<f32>(params.a);
  let b = vec4<f32>(params.b);
  var x0 = vec4<f32>(f32(local));
  var x1 = x0 + 1.0;
  var x2 = x0 + 2.0;
  var x3 = x0 + 3.0;
  for (var round = 0u; round < params.rounds; round++) {
    for (var step = 0u; step < 8u; step++) { //#unroll
      x0 = fma(x0, a, b);
      x1 = fma(x1, a, b);
      if (WIDE) {
        x2 = fma(x2, a, b);
        x3 = fma(x3, a, b);
      }
    }
  }
  let sum = (x0 + x1) + (x2 + x3);
  out[t] = (sum.x + sum.y) + (sum.z + sum.w);
}
