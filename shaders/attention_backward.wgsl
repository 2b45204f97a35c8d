// With p = e^(score − lse) and d = p (g · v − delta) scale: dq = Σ_s d k[s] with QUERY, else dk = Σ_l d q[l], or with VALUE dv = Σ_l p g[l].
// Called by src/ops/attention-kernels.ts, which writes the regions out; attention.wgsl says what the scores are. delta is g · out of a query.
// A thread takes one query, or one key, and COLUMNS · 4 columns of the gradient; it goes over the keys, or the queries.

//#import index
//#import nan
//#import exponential
//#import philox
//#import running_sum
//#import attention

override QUERY: bool = true;
override VALUE: bool = false;

@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> own: array<vec4<f32>>; // q or k
@group(0) @binding(3) var<storage, read> other: array<vec4<f32>>; // k or q
@group(0) @binding(4) var<storage, read> own_side: array<vec4<f32>>; // g or v
@group(0) @binding(5) var<storage, read> other_side: array<vec4<f32>>; // v or g
@group(0) @binding(6) var<storage, read> lse: array<f32>;
@group(0) @binding(7) var<storage, read> delta: array<f32>;
//#unless mask
fn is_seen(at: u32) -> bool { return true; }
fn added(at: u32) -> f32 { return 0.0; }
//#end

//#begin size
const WIDTH = 1u; // groups of four of q and k
const SIDE = 1u; // groups of four of v and g
const COLUMNS = 1u; // groups of four of the gradient a thread
//#end

//#unless rows
var<private> row: array<vec4<f32>, WIDTH>;
var<private> side: array<vec4<f32>, SIDE>;
fn load(start: u32, side_start: u32) {
  for (var e = 0u; e < WIDTH; e++) { //#unroll
    row[e] = own[start + e];
  }
  for (var e = 0u; e < SIDE; e++) { //#unroll
    side[e] = own_side[side_start + e];
  }
}
fn product(at: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var e = 0u; e < WIDTH; e++) { //#unroll
    sum = fma(row[e], other[at + e], sum);
  }
  return sum;
}
fn side_product(at: u32) -> vec4<f32> {
  var sum = vec4<f32>();
  for (var e = 0u; e < SIDE; e++) { //#unroll
    sum = fma(side[e], other_side[at + e], sum);
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
  let i = first + local;
  let rows = select(params.keys, params.queries, QUERY);
  let others = select(params.queries, params.keys, QUERY);
  if (b >= params.batches || i >= rows) { return; }
  load((b * rows + i) * params.width, (b * rows + i) * params.columns);
  let mask_first = mask_start(b);
  var totals: array<RunningSums, COLUMNS>;
  let start = select(min(first, others), 0u, QUERY | !CAUSAL);
  let end = select(others, min(others, first + 64u), QUERY & CAUSAL);
  for (var chain = start; chain < end; chain += CHAIN) {
    var sums = array<vec4<f32>, COLUMNS>();
    for (var j = chain; j < min(chain + CHAIN, end); j++) {
      let l = select(j, i, QUERY);
      let s = select(i, j, QUERY);
      let query = b * params.queries + l;
      let mask_at = mask_first + l * params.mask_query + s * params.mask_key;
      let at = b * others + j;
      let four = product(at * params.width);
      let score = fma((four.x + four.y) + (four.z + four.w), params.scale, added(mask_at));
      let seen = is_seen(mask_at) & (!CAUSAL | (s <= l));
      let weight = exp_of(score - lse[query]);
      let factor = kept(query, s);
      if (VALUE) {
        let share = vec4<f32>(select(0.0, weight * factor, seen));
        for (var c = 0u; c < COLUMNS; c++) { //#unroll
          sums[c] = fma(share, other_side[at * params.columns + chunk * COLUMNS + c], sums[c]);
        }
      } else {
        let four_sides = side_product(at * params.columns);
        let slope = ((four_sides.x + four_sides.y) + (four_sides.z + four_sides.w)) * factor - delta[query];
        let share = vec4<f32>(select(0.0, weight * slope * params.scale, seen));
        for (var c = 0u; c < COLUMNS; c++) { //#unroll
          sums[c] = fma(share, other[at * params.width + chunk * COLUMNS + c], sums[c]);
        }
      }
    }
    for (var c = 0u; c < COLUMNS; c++) { //#unroll
      totals[c] = with_parts(totals[c], sums[c]);
    }
  }
  let at = (b * rows + i) * select(params.width, params.columns, VALUE) + chunk * COLUMNS;
  for (var c = 0u; c < COLUMNS; c++) { //#unroll
    out[at + c] = wholes(totals[c]);
  }
}
