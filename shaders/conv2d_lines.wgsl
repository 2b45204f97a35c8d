// out[n, o, y, x] = bias[o] + Σ_{c, i, j} in[n, c, y * step − pad + i * spread, x + j − TAPS / 2] * weight[o, c, i, j], for rows of
// whole quads whose length is kept. Each four pixels of a row are products of lines, see snippets/lines_of_3.wgsl.
// Called by src/ops/conv2d/lines.ts on lavapipe, forward and as the input gradient (channels exchanged, taps last first), with
// weights from conv2d_lines_taps.wgsl.
// A workgroup is a subgroup of eight lanes and computes ROWS output channels of as many neighbouring quads. Each lane reads its
// own quad and a share of the weights, and they take turns to hand them round. A turn of the loop takes four kernel rows, so
// that sums are seldom written back.

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
  tiles: u32, strips: u32,
  step: u32, pad: i32, high: u32, spread: i32,
  biased: u32, rectifies: u32,
}

const LANES = 8u;
const KERNEL_ROWS = 4u; // a turn
const QUADS = KERNEL_ROWS + 2u * REST_PAIRS; // of weights, a turn

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
//#begin operands
@group(0) @binding(2) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> weight: array<vec4<f32>>;
const ROWS = 4u; // output channels a workgroup
const OWN = 4u; // quads of their weights that a lane reads a turn
fn image_quad(i: u32) -> vec4<f32> { return image[i]; }
fn weight_quad(i: u32) -> vec4<f32> { return weight[i]; }
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
  let first_output = (tile % tiles_of_group) * ROWS;
  let last_output = params.outputs - 1u;

  let position = strip * LANES + lane;
  let q = position % params.quads;
  let y = (position / params.quads) % params.out_height;
  let n = position / (params.quads * params.out_height);
  let exists = n < params.batch;
  let has_left = q > 0u;
  let has_right = q + 1u < params.quads;
  let top = i32(y * params.step) - params.pad;
  var channel_row = (n * params.in_channels + channel_group * params.inputs) * params.in_height;

  let kernel_rows = params.inputs * params.high;
  let turns = (kernel_rows + KERNEL_ROWS - 1u) / KERNEL_ROWS;
  let first_weight = tile * turns * ROWS * QUADS + lane;
  var s = array<vec4<f32>, ROWS>();
  var t = array<Rest, ROWS>();
  var i = 0u; // row of the kernel
  var done = 0u;
  for (var turn = 0u; turn < turns; turn++) {
    var own = array<vec4<f32>, OWN>();
    for (var k = 0u; k < OWN; k++) { //#unroll
      own[k] = weight_quad(first_weight + turn * ROWS * QUADS + k * LANES);
    }
    var at = array<u32, KERNEL_ROWS>();
    var inside = array<bool, KERNEL_ROWS>();
    for (var u = 0u; u < 4u; u++) { //#unroll
      let row = top + i32(i) * params.spread;
      inside[u] = exists & (done < kernel_rows) & (u32(row) < params.in_height);
      at[u] = (channel_row + u32(max(row, 0))) * params.quads + q;
      done += 1u;
      i += 1u;
      if (i == params.high) { i = 0u; channel_row += params.in_height; }
    }
    // What lies beside the quads of all lanes: lane 2u reads it on the left of row u, lane 2u + 1 on the right.
    var beside = 0u;
    for (var u = 0u; u < 4u; u++) { //#unroll
      let before = max(subgroupShuffle(at[u], 0u), 1u) - 1u;
      let behind = subgroupShuffle(at[u], LANES - 1u) + 1u;
      beside = select(beside, select(before, behind, (lane & 1u) == 1u), lane / 2u == u);
    }
    let ends = image_quad(beside);
    var first = array<vec4<f32>, KERNEL_ROWS>();
    var rest = array<Rest, KERNEL_ROWS>();
    for (var u = 0u; u < 4u; u++) { //#unroll
      let here = select(vec4<f32>(), image_quad(at[u]), inside[u]);
      let before = select(subgroupShuffle(here, max(lane, 1u) - 1u), subgroupShuffle(ends, 2u * u), lane == 0u);
      let behind = select(subgroupShuffle(here, min(lane + 1u, LANES - 1u)), subgroupShuffle(ends, 2u * u + 1u), lane == LANES - 1u);
      let left = select(vec4<f32>(), before, inside[u] & has_left);
      let right = select(vec4<f32>(), behind, inside[u] & has_right);
      let line = line_of_pixels(left, here, right);
      first[u] = line.first;
      rest[u] = line.rest;
    }
    for (var r = 0u; r < ROWS; r++) { //#unroll
      var sum = vec4<f32>();
      var sum_of_rest = Rest();
      for (var u = 0u; u < KERNEL_ROWS; u++) { //#unroll
        let k = r * QUADS + u;
        let of_rest = r * QUADS + KERNEL_ROWS + u * REST_PAIRS / 2u;
        sum += subgroupShuffle(own[k / LANES], k % LANES) * first[u];
        sum_of_rest += rest_of(subgroupShuffle(own[of_rest / LANES], of_rest % LANES), u) * rest[u];
      }
      s[r] += sum;
      t[r] += sum_of_rest;
    }
  }
  if (!exists) { return; }
  let o0 = channel_group * params.outputs + first_output;
  let out_plane = params.out_height * params.quads;
  let out_at = (n * params.out_channels + o0) * out_plane + y * params.quads + q;
  // Copies, that a loop may index: what loops index is not kept in registers.
  var sums = s;
  var rests = t;
  for (var r = 0u; r < ROWS; r++) {
    if (first_output + r <= last_output) {
      out[out_at + r * out_plane] = finished(pixels_of(sums[r], rests[r]), o0 + r);
    }
  }
}
