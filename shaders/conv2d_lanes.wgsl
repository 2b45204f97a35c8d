// out[n, o, y, x] = bias[o] + Σ_{c, i, j} in[n, c, y * step − pad + i * spread, x * step + offset(j)] * weight[o, c, i, j].
// Called by src/ops/conv2d/lanes.ts, forward and as the input gradient (channels exchanged, taps mirrored, a pass for each
// residue of the stride). The weights come packed, [O, turns] rows of whole vec4. Where a shuffle costs less than a load, a
// workgroup is one subgroup, each lane of which reads others, and they take turns to hand theirs round. Where only
// swaps in quads do, each of four lanes reads the weights of other output channels, and the lanes sum them up in other orders.
// A workgroup computes ROWS output channels of LANES × 4 neighbouring pixels; lanes.ts writes the regions out.
// Blocks of turns are added up by themselves, then their sums, which keeps digits.
// What stands here is the plainest form: one channel, one tap, stride 1.

//#begin sharing
enable subgroups;
//#end

//#import index
//#import bias
//#import told_epilogue
//#import running_sum
//#import texel

struct Params {
  batch: u32, quads: u32, in_height: u32, in_width: u32,
  out_height: u32, out_width: u32, in_channels: u32, out_channels: u32,
  inputs: u32, outputs: u32, tiles: u32, strips: u32,
  step: u32, pad: i32, high: u32, spread: i32,
  out_plane: u32, out_start: u32, out_row: u32, out_column: u32,
  biased: u32, rectifies: u32,
}

// So many taps that the sums of blocks are added up as a running sum.
override LONG: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
//#begin operands
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> image: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
const ROWS = 1u; // output channels a workgroup
const LANES = 4u;
const KERNEL_ROWS = 1u; // a turn
const WIDE = 1u; // vec4 of weights a turn
const STEP = 1u; // columns from one output to the next
const BLOCK = 4u; // turns whose products are added up by themselves
//#end

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let flat = flat_group(group, groups);
  let strip = flat % params.strips;
  let tile = flat / params.strips;
  if (tile >= params.tiles) { return; }
  let tiles_of_group = (params.outputs + ROWS - 1u) / ROWS;
  let channel_group = tile / tiles_of_group;
  let first = (tile % tiles_of_group) * ROWS;
  let last_output = params.outputs - 1u;

  let position = strip * LANES + lane;
  let x0 = (position % params.quads) * 4u;
  let y = (position / params.quads) % params.out_height;
  let n = position / (params.quads * params.out_height);
  let exists = n < params.batch;
  let plane = params.in_height * params.in_width;
  var channel = (n * params.in_channels + channel_group * params.inputs) * plane;
  let top = i32(y * params.step) - params.pad;
  let left = i32(x0 * STEP);

  let kernel_rows = params.inputs * params.high;
  let all_turns = (kernel_rows + KERNEL_ROWS - 1u) / KERNEL_ROWS;
//#begin start
  let ws0 = (channel_group * params.outputs + first) * all_turns;
  var c0 = vec4<f32>(); var s0 = vec4<f32>(); var r0 = RunningSums();
//#end
  var i = 0u;
  var done = 0u; // kernel rows
  for (var span = 0u; span < all_turns; span += BLOCK * CHAIN) {
    let end = min(span + BLOCK * CHAIN, all_turns);
    for (var t0 = span; t0 < end; t0 += BLOCK) {
//#begin weights
      let a0 = weight[ws0 + t0 + lane];
//#end
      let turns = min(BLOCK, all_turns - t0);
      for (var turn = 0u; turn < turns; turn++) {
//#begin row
        let row = top + i32(i) * params.spread;
        let inside = exists && done < kernel_rows && u32(row) < params.in_height;
        let at = i32(channel) + row * i32(params.in_width) + left;
        let here = select(0.0, image[u32(max(at, 0))], inside);
        done += 1u;
        i += 1u;
        if (i == params.high) { i = 0u; channel += plane; }
        let q0 = subgroupShuffle(a0, turn);
        c0 = fma(vec4<f32>(q0.x), vec4<f32>(here), c0);
//#end
      }
//#begin fold
      s0 += c0; c0 = vec4<f32>();
//#end
    }
    if (LONG) {
//#begin run
      r0 = with_parts(r0, s0); s0 = vec4<f32>();
//#end
    }
  }
  if (!exists) { return; }
  let o0 = channel_group * params.outputs + first;
  let place = params.out_start + y * params.out_row + x0 * params.out_column;
  let out_at = (n * params.out_channels + o0) * params.out_plane + place;
//#begin store
  out[out_at] = finished(s0 + wholes(r0), o0).x;
//#end
}
