// out[b, l] = Σ_s p[s] v[b, s], p the softmax over s of scale q[b, l] · k[b, s] + mask[b, l, s]; lse[b, l] is the logarithm of its sum.
// Called by src/ops/attention-kernels.ts, which writes the regions out; attention_backward.wgsl is its derivative. A query without keys gives 0.
// A thread takes one query and COLUMNS · 4 columns of v. It goes over the keys with a running maximum, and keeps no row of scores.

//#import index
//#import nan
//#import exponential
//#import philox
//#import running_sum
//#import attention

@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> v: array<vec4<f32>>;
//#unless mask
fn is_seen(at: u32) -> bool { return true; }
fn added(at: u32) -> f32 { return 0.0; }
//#end

//#begin size
const WIDTH = 1u; // groups of four of a query
const COLUMNS = 1u; // groups of four of v a thread
//#end

//#unless query
var<private> query: array<vec4<f32>, WIDTH>;
fn load(start: u32) {
  for (var e = 0u; e < WIDTH; e++) { //#unroll
    query[e] = q[start + e];
  }
}
fn product(key: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var e = 0u; e < WIDTH; e++) { //#unroll
    sum = fma(query[e], k[key + e], sum);
  }
  return sum;
}
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let unit = flat_group(group, groups);
  let first = 64u * (unit % params.tiles);
  let chunk = (unit / params.tiles) % params.chunks;
  let b = unit / (params.tiles * params.chunks);
  let l = first + local;
  if (b >= params.batches || l >= params.queries) { return; }
  let row = b * params.queries + l;
  load(row * params.width);
  let mask_row = mask_start(b) + l * params.mask_query;
  var totals: array<RunningSums, COLUMNS>;
  var total = RunningSum();
  var highest = LOWEST;
  // One bound for all threads: adapters see then that they read the same keys.
  let end = select(params.keys, min(params.keys, first + 64u), CAUSAL);
  for (var chain = 0u; chain < end; chain += CHAIN) {
    var sums = array<vec4<f32>, COLUMNS>();
    var part = 0.0;
    let before = highest;
    for (var s = chain; s < min(chain + CHAIN, end); s++) {
      let mask_at = mask_row + s * params.mask_key;
      let four = product((b * params.keys + s) * params.width);
      let score = fma((four.x + four.y) + (four.z + four.w), params.scale, added(mask_at));
      let seen = is_seen(mask_at) & (!CAUSAL | (s <= l));
      if (seen && score > highest) {
        let fall = exp_of(highest - score);
        highest = score;
        part *= fall;
        for (var c = 0u; c < COLUMNS; c++) { //#unroll
          sums[c] *= fall;
        }
      }
      let weight = select(0.0, exp_of(score - highest), seen);
      part += weight;
      let share = vec4<f32>(weight * kept(row, s));
      let at = (b * params.keys + s) * params.columns + chunk * COLUMNS;
      for (var c = 0u; c < COLUMNS; c++) { //#unroll
        sums[c] = fma(share, v[at + c], sums[c]);
      }
    }
    let fall = exp_of(before - highest);
    total = with_part(RunningSum(total.sum * fall, total.lost * fall), part);
    for (var c = 0u; c < COLUMNS; c++) { //#unroll
      totals[c] = with_parts(RunningSums(totals[c].sum * fall, totals[c].lost * fall), sums[c]);
    }
  }
  let all = whole(total);
  let is_empty = all == 0.0;
  let share = select(1.0 / all, 0.0, is_empty);
  let at = row * params.columns + chunk * COLUMNS;
  for (var c = 0u; c < COLUMNS; c++) { //#unroll
    out[at + c] = wholes(totals[c]) * share;
  }
  if (chunk == 0u) { lse[row] = select(highest + log_of(all), -LOWEST, is_empty); }
}
