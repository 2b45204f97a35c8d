// out[z, i, j] = direct[r] * x[z, i, j] + mirrored[r] * x[z, j, i], r = 0 below the diagonal, 1 on it, 2 above it.
// Called by src/ops/linalg-kernels.ts to cut out, mirror and symmetrise triangles; x is [batch, n, n]. Weight 0 reads as 0.
// Thread t computes four neighbours of a row: t = row * chunks + chunk.

//#import index

struct Params { rows: u32, n: u32, direct: vec4<f32>, mirrored: vec4<f32> }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;

fn term(weight: f32, at: u32) -> f32 {
  if (weight == 0.0) { return 0.0; }
  return weight * x[at];
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let n = params.n;
  let chunks = (n + 3u) / 4u;
  let t = flat_thread(group, groups, local, 64u);
  let row = t / chunks;
  if (row >= params.rows) { return; }
  let first = 4u * (t - row * chunks);
  let z = row / n;
  let i = row - z * n;
  for (var j = first; j < min(first + 4u, n); j++) {
    let region = select(select(2u, 1u, i == j), 0u, i > j);
    let at = z * n * n;
    out[row * n + j] =
      term(params.direct[region], at + i * n + j) + term(params.mirrored[region], at + j * n + i);
  }
}
