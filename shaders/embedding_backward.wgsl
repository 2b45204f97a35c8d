// dweight[v, d] = Σ_n Σ_l g[n, l, d] over the places (n, l) with indices[n, l] = v; with PER_SAMPLE the square of each n's
// sum is added instead. Called by src/ops/indexing.ts.
// Without PER_SAMPLE what is called a sample is any `length` of the rows. LONG is for more than 512 of them.
// Thread t computes elements 4c to 4c + 3 of row v, where t = v · chunks + c, and looks through all indices in order.

//#import index
//#import running_sum

// The row of number `padding` gets 0.
struct Params { vocabulary: u32, width: u32, samples: u32, length: u32, rows: u32, padding: u32 }

override PER_SAMPLE: bool = false;
override LONG: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> indices: array<i32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let chunks = (params.width + 3u) / 4u;
  let t = flat_thread(group, groups, local, 64u);
  let v = t / chunks;
  if (v >= params.vocabulary) { return; }
  let first = 4u * (t - v * chunks);
  let own = min(params.width - first, 4u);
  var total = RunningSums();
  var row = 0u;
  for (var n = 0u; n < params.samples;) {
    var chain = vec4<f32>();
    for (let stop = min(n + CHAIN, params.samples); n < stop; n++) {
      var part = RunningSums();
      for (let end = min(row + params.length, params.rows); row < end; row++) {
        if (indices[row] != i32(v) || v == params.padding) { continue; }
        var slopes = vec4<f32>();
        for (var d = 0u; d < own; d++) { slopes[d] = g[row * params.width + first + d]; }
        if (LONG) { part = with_parts(part, slopes); } else { part.sum += slopes; }
      }
      let sum = wholes(part);
      chain += select(sum, sum * sum, PER_SAMPLE);
    }
    total = with_parts(total, chain);
  }
  let sums = wholes(total);
  for (var d = 0u; d < own; d++) { dweight[v * params.width + first + d] = sums[d]; }
}
