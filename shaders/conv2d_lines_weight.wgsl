// partial[s, o, c, i, j] = Σ_{n of split s} Σ_{y, x} g[n, o, y, x] * in[n, c, y − pad + i * spread, x + j − TAPS / 2], for rows of
// whole quads whose length is kept; with PER_SAMPLE the square of each n's own sum, added over n. Each TAPS sums over four pixels
// of a row are products of lines, see snippets/lines_of_3.wgsl. Called by src/ops/conv2d/lines-weight.ts on lavapipe.
// A workgroup is a subgroup of eight lanes and computes ROWS output channels; lane l has row i of the kernel over input channel c,
// where c * KH + i = its first + l. Each lane reads the gradient of every eighth of the output channels, and they take turns to
// hand theirs round. A turn of the loop takes four quads, those of an image as they lie in memory.

enable subgroups;

//#import index
//#import texel
//#begin taps
//#import lines_of_5
//#end

struct Params {
  batch: u32, quads: u32, in_height: u32, out_height: u32,
  in_channels: u32, out_channels: u32, inputs: u32, outputs: u32,
  tiles: u32, pair_tiles: u32, pad: i32, high: u32, spread: u32,
  splits: u32, split_samples: u32,
}

override PER_SAMPLE: bool = false;

const LANES = 8u;
const TURN = 4u; // quads
const CHAIN_QUADS = 64u; // whose products are added up by themselves
const OWN_QUADS = OWN * TURN;
const TAPS_OF_ROWS = ROWS * TAPS;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
//#begin operands
@group(0) @binding(2) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> image: array<vec4<f32>>;
const ROWS = 8u; // output channels a workgroup
const OWN = 1u; // of which each lane reads
fn gradient_quad(i: u32) -> vec4<f32> { return g[i]; }
fn image_quad(i: u32) -> vec4<f32> { return image[i]; }
//#end

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let flat = flat_group(group, groups);
  let tile = flat % params.tiles;
  let split = flat / params.tiles;
  if (split >= params.splits) { return; }
  let pairs = params.inputs * params.high;
  let pair = (tile % params.pair_tiles) * LANES + lane;
  let tiles_of_group = (params.outputs + ROWS - 1u) / ROWS;
  let channel_group = (tile / params.pair_tiles) / tiles_of_group;
  let first_output = ((tile / params.pair_tiles) % tiles_of_group) * ROWS;
  let last_output = params.outputs - 1u;
  let c = min(pair, pairs - 1u) / params.high;
  let i = min(pair, pairs - 1u) % params.high;
  let shift = i32(i * params.spread) - params.pad;
  let plane = params.out_height * params.quads;
  var s = array<vec4<f32>, ROWS>();
  var t = array<Rest, ROWS>();
  var chains = array<vec4<f32>, ROWS>();
  var chains_rest = array<Rest, ROWS>();
  var squares = array<f32, TAPS_OF_ROWS>();
  let n_first = split * params.split_samples;
  let n_end = min(n_first + params.split_samples, params.batch);
  for (var n = n_first; n < n_end; n++) {
    let g_at = (n * params.out_channels + channel_group * params.outputs) * plane;
    let in_row = i32((n * params.in_channels + channel_group * params.inputs + c) * params.in_height) + shift;
    let in_at = in_row * i32(params.quads);
    var row = shift;
    var q = 0u;
    for (var start = 0u; start < plane; start += CHAIN_QUADS) {
      let end = min(start + CHAIN_QUADS, plane);
      for (var f0 = start; f0 < end; f0 += TURN) {
        var own = array<vec4<f32>, OWN_QUADS>();
        var own_rest = array<Rest, OWN_QUADS>();
        for (var k = 0u; k < OWN; k++) { //#unroll
          let own_at = g_at + min(first_output + k * LANES + lane, last_output) * plane + f0;
          for (var u = 0u; u < 4u; u++) { //#unroll
            let line = line_of_gradient(select(vec4<f32>(), gradient_quad(own_at + u), f0 + u < plane));
            own[k * TURN + u] = line.first;
            own_rest[k * TURN + u] = line.rest;
          }
        }
        let at = in_at + i32(f0);
        var quads = array<vec4<f32>, 6>();
        for (var u = 0u; u < 6u; u++) { //#unroll
          quads[u] = image_quad(u32(max(at + i32(u) - 1, 0)));
        }
        var first = array<vec4<f32>, TURN>();
        var rest = array<Rest, TURN>();
        for (var u = 0u; u < 4u; u++) { //#unroll
          let inside = u32(row) < params.in_height;
          let here = select(vec4<f32>(), quads[u + 1u], inside);
          let left = select(vec4<f32>(), quads[u], inside & (q > 0u));
          let right = select(vec4<f32>(), quads[u + 2u], inside & (q + 1u < params.quads));
          let line = line_of_pixels(left, here, right);
          first[u] = line.first;
          rest[u] = line.rest;
          q += 1u;
          row += select(0, 1, q == params.quads);
          q = select(q, 0u, q == params.quads);
        }
        for (var r = 0u; r < ROWS; r++) { //#unroll
          let k = r / LANES * TURN;
          let reader = r % LANES;
          s[r] += subgroupShuffle(own[k], reader) * first[0] + subgroupShuffle(own[k + 1u], reader) * first[1]
            + subgroupShuffle(own[k + 2u], reader) * first[2] + subgroupShuffle(own[k + 3u], reader) * first[3];
          t[r] += subgroupShuffle(own_rest[k], reader) * rest[0] + subgroupShuffle(own_rest[k + 1u], reader) * rest[1]
            + subgroupShuffle(own_rest[k + 2u], reader) * rest[2] + subgroupShuffle(own_rest[k + 3u], reader) * rest[3];
        }
      }
      for (var r = 0u; r < ROWS; r++) { //#unroll
        chains[r] += s[r];
        chains_rest[r] += t[r];
        s[r] = vec4<f32>();
        t[r] = Rest();
      }
    }
    if (PER_SAMPLE) {
      for (var r = 0u; r < ROWS; r++) { //#unroll
        let taps = taps_of(chains[r], chains_rest[r]);
        for (var j = 0u; j < TAPS; j++) { //#unroll
          squares[r * TAPS + j] = fma(taps[j], taps[j], squares[r * TAPS + j]);
        }
        chains[r] = vec4<f32>();
        chains_rest[r] = Rest();
      }
    }
  }
  if (pair >= pairs) { return; }
  let o0 = channel_group * params.outputs + first_output;
  let out_at = ((split * params.out_channels + o0) * pairs + pair) * TAPS;
  // Which row a turn stores is selected: Mesa writes out a loop that indexes an array, or whose end it knows.
  let rows = min(params.outputs - first_output, ROWS);
  for (var r0 = 0u; r0 < rows; r0++) {
    var sum = chains[0];
    var rest = chains_rest[0];
    for (var r = 1u; r < ROWS; r++) { //#unroll
      sum = select(sum, chains[r], r0 == r);
      rest = select(rest, chains_rest[r], r0 == r);
    }
    let taps = taps_of(sum, rest);
    for (var j = 0u; j < TAPS; j++) { //#unroll
      var tap = taps[j];
      if (PER_SAMPLE) {
        for (var r = 0u; r < ROWS; r++) { //#unroll
          tap = select(tap, squares[r * TAPS + j], r0 == r);
        }
      }
      partial[out_at + r0 * pairs * TAPS + j] = tap;
    }
  }
}
