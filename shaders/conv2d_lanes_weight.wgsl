// partial[s, o, c, i, j] = Σ_{n of split s} Σ_{y, x} g[n, o, y, x] * in[n, c, y * step − pad + i * spread, x * step + offset(j)];
// with PER_SAMPLE the square of each n's own sum, added over n. Called by src/ops/conv2d/lanes-weight.ts on CPU adapters with
// subgroups, which writes the regions out. What stands here is the plainest form: one channel, one tap a row, stride 1.
// A workgroup is one subgroup and computes ROWS output channels; lane l has row i of the kernel over input channel c, where
// c * KH + i = its first + l. Each lane reads four other positions of g, and they take turns to hand theirs round; or, where a
// shuffle costs more than a load, those of other channels, and swap them in quads: sums are in another order in each lane.
// Chains of products are added up by themselves, then the chains; with LONG, for more than 2048 terms, as a running sum.

enable subgroups;

//#import index
//#import running_sum
//#import texel

struct Params {
  batch: u32, quads: u32, out_height: u32, out_width: u32,
  in_height: u32, in_width: u32, in_channels: u32, out_channels: u32,
  inputs: u32, outputs: u32, tiles: u32, pair_tiles: u32,
  step: u32, pad: i32, high: u32, spread: u32,
  splits: u32, split_samples: u32,
}

override PER_SAMPLE: bool = false;
override LONG: bool = false;

const CHAIN_QUADS = 16u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
//#begin operands
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> image: array<f32>;
const ROWS = 1u; // output channels a workgroup
const LANES = 4u;
const TAPS = 1u; // of a row of the kernel
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
  let first = ((tile / params.pair_tiles) % tiles_of_group) * ROWS;
  let last_output = params.outputs - 1u;
  let exists = pair < pairs;
  let c = min(pair, pairs - 1u) / params.high;
  let i = min(pair, pairs - 1u) % params.high;

  let g_plane = params.out_height * params.out_width;
  let in_plane = params.in_height * params.in_width;
  let flat_quads = params.out_height * params.quads;
//#begin start
  var s0 = 0.0; var u0 = 0.0; var r0 = RunningSum(); var t0 = 0.0;
//#end
  var chain = 0u; // quads
  var chains = 0u;
  let n_first = split * params.split_samples;
  let n_end = min(n_first + params.split_samples, params.batch);
  for (var n = n_first; n < n_end; n++) {
    let g_at = (n * params.out_channels + channel_group * params.outputs + first) * g_plane;
    let in_at = i32((n * params.in_channels + channel_group * params.inputs + c) * in_plane);
    var y = 0u;
    var q = 0u;
    for (var f0 = 0u; f0 < flat_quads; f0 += LANES) {
      let f = min(f0 + lane, flat_quads - 1u);
      let own_x = (f % params.quads) * 4u;
      let own_at = g_at + (f / params.quads) * params.out_width + own_x;
//#begin read
      let a0 = vec4<f32>(g[own_at], 0.0, 0.0, 0.0);
//#end
      let turns = min(LANES, flat_quads - f0);
      for (var turn = 0u; turn < turns; turn++) {
        let x0 = q * 4u;
        let row = i32(y * params.step) - params.pad + i32(i * params.spread);
        let left = i32(x0 * params.step);
        let inside = exists && u32(row) < params.in_height;
        let at = in_at + row * i32(params.in_width) + left;
//#begin row
        let q0 = subgroupShuffle(a0, turn);
        s0 = fma(q0.x, select(0.0, image[u32(max(at, 0))], inside), s0);
//#end
        q += 1u;
        if (q == params.quads) {
          q = 0u;
          y += 1u;
        }
      }
      chain += turns;
      if (chain >= CHAIN_QUADS) {
        chain = 0u;
//#begin fold
        u0 += s0; s0 = 0.0;
//#end
        if (LONG) {
          chains += 1u;
          if (chains == CHAIN) {
            chains = 0u;
//#begin run
            r0 = with_part(r0, u0); u0 = 0.0;
//#end
          }
        }
      }
    }
    if (PER_SAMPLE) {
//#begin square
      s0 += u0 + whole(r0); t0 = fma(s0, s0, t0); s0 = 0.0; u0 = 0.0; r0 = RunningSum();
//#end
    }
  }
  if (!exists) { return; }
  let o0 = channel_group * params.outputs + first;
  let at = ((split * params.out_channels + o0) * pairs + pair) * TAPS;
  let next = pairs * TAPS;
//#begin store
  partial[at] = select(s0 + u0 + whole(r0), t0, PER_SAMPLE);
//#end
}
