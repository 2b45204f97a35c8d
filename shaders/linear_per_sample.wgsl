// out[q, o, i] = Σ_n (Σ_s g[q, n, s, o] * x[q, n, s, i])²: squared per-sample weight gradients of a linear layer or a
// product whose samples have several rows s each. g is [Q, N, S, O], x is [Q, N, S, I]. Called by src/ops/matmul/linear-squares.ts.
// Thread t computes out[q, o, 4c .. 4c + 3], t = (q * outputs + o) * chunks + c.

//#import index
//#import running_sum

struct Params { samples: u32, rows: u32, outputs: u32, inputs: u32, groups: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks = (params.inputs + 3u) / 4u;
  let t = flat_thread(group, groups, local, 64u);
  let row = t / chunks;
  let q = row / params.outputs;
  if (q >= params.groups) { return; }
  let o = row - q * params.outputs;
  let i = 4u * (t - row * chunks);
  let last = params.inputs - 1u;
  let columns = min(vec4<u32>(i, i + 1u, i + 2u, i + 3u), vec4<u32>(last));
  var squares = RunningSums();
  for (var n = 0u; n < params.samples; n++) {
    let start = (q * params.samples + n) * params.rows;
    let end = start + params.rows;
    var sums = RunningSums();
    for (var chain = start; chain < end; chain += CHAIN) {
      var sum = vec4<f32>();
      for (var s = chain; s < min(chain + CHAIN, end); s++) {
        let at = s * params.inputs + columns;
        sum = fma(vec4<f32>(g[s * params.outputs + o]), vec4<f32>(x[at.x], x[at.y], x[at.z], x[at.w]), sum);
      }
      sums = with_parts(sums, sum);
    }
    let own = wholes(sums);
    squares = with_parts(squares, own * own);
  }
  let total = wholes(squares);
  for (var j = i; j <= min(i + 3u, last); j++) {
    out[row * params.inputs + j] = total[j - i];
  }
}
