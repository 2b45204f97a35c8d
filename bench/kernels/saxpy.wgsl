// y[i] = a · x[i] + y[i]: the smallest kernel worth timing, an example for `taskgrad kernel`.
// Called by nobody: run it with `taskgrad kernel bench/kernels/saxpy.wgsl`, or `--sweep SIZE=32,64,128,256`.
// Thread i computes element i.
//#bench --bind x=f32[262144]:randn --bind y=f32[262144]:ones --uniform params=262144,2 --flops 524288 --bytes 3145728

struct Params { count: u32, a: f32 }

override SIZE: u32 = 64;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= params.count) { return; }
  y[i] = fma(params.a, x[i], y[i]);
}
