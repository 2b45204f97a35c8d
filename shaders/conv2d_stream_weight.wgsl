// partial[s, o, c, i, j] = Σ_{n in split s, y, x} g[n, o, y, x] * in[n, c, y − pad + i * spread, x + offset(j)], stride 1, for
// images whose width is kept. With PER_SAMPLE: Σ_n (Σ_{y, x} g * in)², the squares of per-sample gradients. Called by
// src/ops/conv2d/stream-weight.ts, which writes the regions out for the kernel's size and adds up the splits.
// A thread takes all taps of one input channel for some output channels over the samples of a split: it goes down each column
// of four pixels, reads every row once, as vec4 where rows are whole quads, and keeps the gradient rows that a tap still needs,
// newest in slot 0. A line is a row of a channel of a sample.
// Where handing round costs less than a load (swaps in quads on SwiftShader, shuffles on lavapipe), a workgroup is one
// subgroup of as many input channels, whose lanes read the gradient of one output channel each, and share them.
// Chains of products are added up by themselves, then the chains; with LONG, for more than 2048 terms, as a running sum.

//#begin sharing
//#end

//#import index
//#import running_sum
//#import texel

struct Params {
  batch: u32, quads: u32, in_width: u32, in_height: u32, out_height: u32,
  in_channels: u32, out_channels: u32, group_inputs: u32, tiles_per_group: u32,
  pairs: u32, splits: u32, split_samples: u32, pad: u32,
}

override PER_SAMPLE: bool = false;
override LONG: bool = false;

const CHAIN_ROWS = 16u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partial: array<f32>;
//#begin size
@group(0) @binding(2) var<storage, read> g: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> image: array<vec4<f32>>;
const OUTPUTS = 1u; // output channels a thread
const TAPS = 1u; // of one kernel plane
const THREADS = 8u;
//#end

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
//#unless place
  let thread = flat_thread(group, groups, local, THREADS);
  let split = thread / params.pairs;
  if (split >= params.splits) { return; }
  let pair = thread - split * params.pairs;
  let tile = pair / params.group_inputs;
  let c = pair - tile * params.group_inputs;
//#end
  let channel_group = tile / params.tiles_per_group;
  let in_channel = channel_group * params.group_inputs + c;
  let o0 = tile * OUTPUTS;

//#begin sums
  var s0 = 0.0; var u0 = 0.0; var r0 = RunningSum(); var t0 = 0.0;
//#end
  var chain = 0u; // rows
  var chains = 0u;
  let end = min((split + 1u) * params.split_samples, params.batch);
  for (var n = split * params.split_samples; n < end; n++) {
    let in_line = (n * params.in_channels + in_channel) * params.in_height;
    let first_line = (n * params.out_channels + o0) * params.out_height;
    for (var q = 0u; q < params.quads; q++) {
      let has_left = q > 0u;
      let has_right = q + 1u < params.quads;
      let columns = vec4<u32>(4u * q) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(params.in_width);
//#begin slots
      var g0_0 = vec4<f32>();
//#end
      let rows = params.in_height + params.pad;
      for (var y0 = 0u; y0 < rows; y0 += CHAIN_ROWS) {
        let end = min(y0 + CHAIN_ROWS, rows);
        for (var y = y0; y < end; y++) {
          let g_line = first_line + min(y, params.out_height - 1u);
          let within = y < params.out_height;
//#begin shift
          g0_0 = select(vec4<f32>(), g[g_line * params.quads + q], columns & vec4<bool>(within));
//#end
//#begin row
          if (y >= params.pad) {
            let at = (in_line + (y - params.pad)) * params.quads + q;
            let here_quad = image[at];
            let left_quad = select(vec4<f32>(), image[max(at, 1u) - 1u], has_left);
            let right_quad = select(vec4<f32>(), image[at + 1u], has_right);
            s0 += dot(g0_0, here_quad + 0.0 * (left_quad + right_quad));
          }
//#end
        }
        chain += end - y0;
        if (chain >= CHAIN_ROWS) {
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
    }
    if (PER_SAMPLE) {
//#begin square
      s0 += u0 + whole(r0); t0 = fma(s0, s0, t0); s0 = 0.0; u0 = 0.0; r0 = RunningSum();
//#end
    }
  }
  let at = ((split * params.out_channels + o0) * params.group_inputs + c) * TAPS;
  let next = params.group_inputs * TAPS;
//#begin store
  partial[at] = select(s0 + u0 + whole(r0), t0, PER_SAMPLE);
//#end
}
