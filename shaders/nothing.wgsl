// Computes nothing: what it costs is the launch of a dispatch. It binds what every kernel binds.
// Called by measureLimits in runtime/limits.ts.
// One thread in one workgroup.
struct Params { value: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;

@compute @workgroup_size(1)
fn main() {
  out[0] = params.value;
}
