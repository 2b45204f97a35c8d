// out[n, o, y, x] = bias[o] + Σ_{c, i, j} in[n, c, y * step − pad + i * spread, x + j − TAPS / 2] * weight[o, c, i, j], for rows of
// whole quads whose length is kept. Each four pixels of a row are products of lines, see snippets/lines_of_3.wgsl.
// Called by src/ops/conv2d/lines.ts on lavapipe, forward and as the input gradient (channels exchanged, taps last first), with
// weights from conv2d_lines_taps.wgsl.
// A workgroup is a subgroup of eight lanes and computes ROWS output channels of as many neighbouring quads, and of the quads
// below them where DOWN is 2: rows of the image then serve both. Each lane reads its own quads and a share of the weights, and
// they take turns to hand them round. A turn of the loop takes all rows of the kernel over CHANNELS input channels, so that sums
// are seldom written back.

enable subgroups;

//#import index
//#import bias
//#import told_epilogue
//#import texel
//#begin taps
//#import lines_of_5
//#end

struct Params {
  batch: u32, quads: u32, in_height: u32, out_height: u32,
  in_channels: u32, out_channels: u32, inputs: u32, outputs: u32,
  tiles: u32, strips: u32, step: u32, pad: i32, spread: u32,
  biased: u32, rectifies: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
//#begin operands
@group(0) @binding(2) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
fn image_quad(i: u32) -> vec4<f32> { return image[i]; }
fn weight_quad(i: u32) -> vec4<f32> { return weight[i]; }
const ROWS = 8u; // output channels a workgroup
const DOWN = 2u; // quads a lane, each below the other
const HIGH = 1u; // rows of the kernel
const CHANNELS = 1u; // a turn
const LINES = 1u; // of weights an output channel, a turn
const QUADS = 2u; // that hold them
const OWN = 2u; // quads of weights that each lane reads a turn
const SEEN = 2u; // rows of an image
const READ = 2u; // of those, a turn
const ENDS = 1u; // fours of those
//#end

const LANES = 8u;
const SUMS = ROWS * DOWN;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let flat = flat_group(group, groups);
  let tile = flat / params.strips;
  let strip = flat - tile * params.strips;
  if (tile >= params.tiles) { return; }
  let tiles_of_group = (params.outputs + ROWS - 1u) / ROWS;
  let channel_group = tile / tiles_of_group;
  let first_output = (tile - channel_group * tiles_of_group) * ROWS;

  let position = strip * LANES + lane;
  let row_of = position / params.quads;
  let q = position - row_of * params.quads;
  let steps_down = (params.out_height + DOWN - 1u) / DOWN;
  let n = row_of / steps_down;
  let y = (row_of - n * steps_down) * DOWN;
  let has_left = q > 0u;
  let has_right = q + 1u < params.quads;
  let top = i32(y * params.step) - params.pad;
  var inside = array<bool, SEEN>();
  for (var u = 0u; u < SEEN; u++) { //#unroll
    inside[u] = (n < params.batch) & (u32(top + i32(u * params.spread)) < params.in_height);
  }

  let plane = params.in_height * params.quads;
  var in_at = i32((n * params.in_channels + channel_group * params.inputs) * plane + q) + top * i32(params.quads);
  var weights_at = tile * ((params.inputs + CHANNELS - 1u) / CHANNELS) * ROWS * QUADS + lane;
  var s = array<vec4<f32>, SUMS>();
  var t = array<Rest, SUMS>();
  for (var c = 0u; c < params.inputs; c += CHANNELS) {
    var own = array<vec4<f32>, OWN>();
    for (var k = 0u; k < OWN; k++) { //#unroll
      own[k] = weight_quad(weights_at + k * LANES);
    }
    var at = array<u32, READ>();
    for (var u = 0u; u < READ; u++) { //#unroll
      at[u] = u32(max(in_at + i32(u / SEEN * plane + u % SEEN * params.spread * params.quads), 0));
    }
    // What lies beside the quads of all lanes, of four rows at once: lane 2u reads it on the left of row u, lane 2u + 1 on the right.
    var ends = array<vec4<f32>, ENDS>();
    for (var four = 0u; four < ENDS; four++) { //#unroll
      var beside = 0u;
      for (var u = 0u; u < 4u; u++) { //#unroll
        let row = at[min(four * 4u + u, READ - 1u)];
        let before = max(subgroupShuffle(row, 0u), 1u) - 1u;
        let behind = subgroupShuffle(row, LANES - 1u) + 1u;
        beside = select(beside, select(before, behind, (lane & 1u) == 1u), lane / 2u == u);
      }
      ends[four] = image_quad(beside);
    }
    var first = array<vec4<f32>, READ>();
    var rest = array<Rest, READ>();
    for (var u = 0u; u < READ; u++) { //#unroll
      let there = inside[u % SEEN] & (c + u / SEEN < params.inputs);
      let here = select(vec4<f32>(), image_quad(at[u]), there);
      let first_end = subgroupShuffle(ends[u / 4u], u % 4u * 2u);
      let last_end = subgroupShuffle(ends[u / 4u], u % 4u * 2u + 1u);
      let before = select(subgroupShuffle(here, max(lane, 1u) - 1u), first_end, lane == 0u);
      let behind = select(subgroupShuffle(here, min(lane + 1u, LANES - 1u)), last_end, lane == LANES - 1u);
      let left = select(vec4<f32>(), before, there & has_left);
      let right = select(vec4<f32>(), behind, there & has_right);
      let line = line_of_pixels(left, here, right);
      first[u] = line.first;
      rest[u] = line.rest;
    }
    for (var r = 0u; r < ROWS; r++) { //#unroll
      var sum = array<vec4<f32>, DOWN>();
      var sum_of_rest = array<Rest, DOWN>();
      for (var l = 0u; l < LINES; l++) { //#unroll
        let of_first = r * QUADS + l;
        let of_rest = r * QUADS + LINES + l * REST_PAIRS / 2u;
        let w = subgroupShuffle(own[of_first / LANES], of_first % LANES);
        let w_rest = rest_of(subgroupShuffle(own[of_rest / LANES], of_rest % LANES), l);
        for (var d = 0u; d < DOWN; d++) { //#unroll
          let u = l / HIGH * SEEN + l % HIGH + d;
          sum[d] += w * first[u];
          sum_of_rest[d] += w_rest * rest[u];
        }
      }
      for (var d = 0u; d < DOWN; d++) { //#unroll
        s[r * DOWN + d] += sum[d];
        t[r * DOWN + d] += sum_of_rest[d];
      }
    }
    in_at += i32(CHANNELS * plane);
    weights_at += ROWS * QUADS;
  }
  if (n >= params.batch) { return; }
  let o0 = channel_group * params.outputs + first_output;
  let out_at = ((n * params.out_channels + o0) * params.out_height + y) * params.quads + q;
  // Which sum a turn stores is selected: Mesa writes out a loop that indexes an array, or whose end it knows.
  let rows = min(params.outputs - first_output, ROWS);
  for (var r0 = 0u; r0 < rows; r0++) {
    for (var d = 0u; d < DOWN; d++) { //#unroll
      var sum = s[d];
      var rest = t[d];
      for (var r = 1u; r < ROWS; r++) { //#unroll
        sum = select(sum, s[r * DOWN + d], r0 == r);
        rest = select(rest, t[r * DOWN + d], r0 == r);
      }
      if (y + d < params.out_height) {
        out[out_at + (r0 * params.out_height + d) * params.quads] = finished(pixels_of(sum, rest), o0 + r0);
      }
    }
  }
}
