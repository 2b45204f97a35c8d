// spread[i, j, w] = (G g Gᵀ)[i, j] for the 3 × 3 kernel g = weight[w], i and j in 0 … 3; with MIRRORED g has its taps last first
// (Lavin and Gray, arXiv:1509.09308, F(2 × 2, 3 × 3)).
// Called by src/ops/conv2d/winograd.ts. A thread takes a kernel.

//#import index

struct Params { kernels: u32 }

override MIRRORED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> spread: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;

// G of three values.
fn spread_of(a: f32, b: f32, c: f32) -> vec4<f32> {
  let ends = 0.5 * (a + c);
  return vec4<f32>(a, ends + 0.5 * b, ends - 0.5 * b, c);
}

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let w = flat_thread(group, groups, local, 32u);
  if (w >= params.kernels) { return; }
  var columns = array<vec4<f32>, 3>();
  for (var j = 0u; j < 3u; j++) { //#unroll
    var g = array<f32, 3>();
    for (var i = 0u; i < 3u; i++) { //#unroll
      let tap = 3u * i + j;
      g[i] = weight[9u * w + select(tap, 8u - tap, MIRRORED)];
    }
    columns[j] = spread_of(g[0], g[1], g[2]);
  }
  for (var i = 0u; i < 4u; i++) { //#unroll
    let row = spread_of(columns[0][i], columns[1][i], columns[2][i]);
    for (var j = 0u; j < 4u; j++) { //#unroll
      spread[(4u * i + j) * params.kernels + w] = row[j];
    }
  }
}
