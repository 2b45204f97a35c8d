// gradient[w] = Gᵀ S G, 3 × 3, for S = spread[·, ·, w], 4 × 4: what the gradient of G g Gᵀ gives for the kernel g
// (Lavin and Gray, arXiv:1509.09308, F(2 × 2, 3 × 3)).
// Called by src/ops/conv2d/winograd.ts. A thread takes a kernel.

//#import index

struct Params { kernels: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(2) var<storage, read> spread: array<f32>;

// Gᵀ of four values.
fn gathered(s: vec4<f32>) -> vec3<f32> {
  let sum = 0.5 * (s.y + s.z);
  return vec3<f32>(s.x + sum, 0.5 * (s.y - s.z), sum + s.w);
}

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let w = flat_thread(group, groups, local, 32u);
  if (w >= params.kernels) { return; }
  var columns = array<vec3<f32>, 4>();
  for (var j = 0u; j < 4u; j++) { //#unroll
    var s = vec4<f32>();
    for (var i = 0u; i < 4u; i++) { //#unroll
      s[i] = spread[(4u * i + j) * params.kernels + w];
    }
    columns[j] = gathered(s);
  }
  for (var i = 0u; i < 3u; i++) { //#unroll
    let row = gathered(vec4<f32>(columns[0][i], columns[1][i], columns[2][i], columns[3][i]));
    for (var j = 0u; j < 3u; j++) { //#unroll
      gradient[9u * w + 3u * i + j] = row[j];
    }
  }
}
