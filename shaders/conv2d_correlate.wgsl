// out[n, a, y, x] = bias[a] + Σ_{b, i, j} weight[a, b, i, j] * image[n, b, y * step + i * tap + first, the same for x].
// Called by src/ops/conv2d-kernels.ts, forward and for the gradient of the input, a correlation of the gradient.
// A thread computes ROWS channels × TALL positions of one column. Its positions lie `spread` apart, so that from one
// tap to the next (`phases` further) its window of inputs moves on by one: one load for ROWS * TALL products.
// Workgroups: tiles of channels, slowest; threads within a tile: columns fastest, then tiles of positions, then samples.

//#import index

// One axis of the image: `along` which a window slides, or `across` it. Steps and strides in elements; the rest in pixels.
struct Axis {
  outputs: u32, out_step: u32, inputs: u32, in_stride: u32,
  in_first: i32, in_step: i32, in_tap: i32, taps: u32,
}
struct Params {
  along: Axis,
  across: Axis,
  spread: u32, phases: u32, position_tiles: u32, position_groups: u32,
  batch: u32, tiles_per_group: u32, group_outputs: u32, group_inputs: u32,
  out_channels: u32, in_channels: u32, out_plane: u32, in_plane: u32,
  weight_group: u32, weight_output: u32, weight_input: u32, weight_first: u32,
  weight_along: i32, weight_across: i32, out_first: u32, unused: u32,
}

override BIASED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> image: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;

//#begin tile
const ROWS = 4u;
const TALL = 7u;
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let along = params.along;
  let across = params.across;
  let flat = flat_group(group, groups);
  // The tile of channels is the workgroup's, so that loads of weights are the same for all its threads.
  let tile = flat / params.position_groups;
  let channel_group = tile / params.tiles_per_group;
  let a0 = (tile - channel_group * params.tiles_per_group) * ROWS;
  let position = (flat - tile * params.position_groups) * 64u + local;
  let row_tile = position / across.outputs;
  let x = position - row_tile * across.outputs;
  let n = row_tile / params.position_tiles;
  let stripe = row_tile - n * params.position_tiles;
  let y = (stripe / params.spread) * (TALL * params.spread) + stripe % params.spread;

  let window_step = i32(params.spread) * along.in_step;
  let row0 = along.in_first + i32(y) * along.in_step;
  let column0 = across.in_first + i32(x) * across.in_step;
  var total: array<array<f32, TALL>, ROWS>;
  var window: array<f32, TALL>;
  for (var b = 0u; b < params.group_inputs; b++) {
    let plane = (n * params.in_channels + channel_group * params.group_inputs + b) * params.in_plane;
    let weight_b = params.weight_first + channel_group * params.weight_group + a0 * params.weight_output
      + b * params.weight_input;
    for (var j = 0u; j < across.taps; j++) {
      let column = column0 + i32(j) * across.in_tap;
      let column_ok = u32(column) < across.inputs;
      let column_at = plane + u32(column) * across.in_stride;
      for (var phase = 0u; phase < params.phases; phase++) {
        var row = row0 + i32(phase) * along.in_tap;
        for (var t = 1u; t < TALL; t++) {
          window[t] = select(0.0, image[column_at + u32(row) * along.in_stride], column_ok && u32(row) < along.inputs);
          row += window_step;
        }
        for (var i = phase; i < along.taps; i += params.phases) {
          for (var t = 1u; t < TALL; t++) { window[t - 1u] = window[t]; }
          window[TALL - 1u] =
            select(0.0, image[column_at + u32(row) * along.in_stride], column_ok && u32(row) < along.inputs);
          row += window_step;
          let weight_at = weight_b + u32(i32(i) * params.weight_along + i32(j) * params.weight_across);
          for (var r = 0u; r < ROWS; r++) {
            let w = weight[weight_at + r * params.weight_output];
            for (var t = 0u; t < TALL; t++) { total[r][t] = fma(w, window[t], total[r][t]); }
          }
        }
      }
    }
  }
  if (n >= params.batch) { return; }
  for (var r = 0u; r < ROWS; r++) {
    if (a0 + r >= params.group_outputs) { break; }
    let a = channel_group * params.group_outputs + a0 + r;
    let start = params.out_first + (n * params.out_channels + a) * params.out_plane + x * across.out_step;
    var offset = 0.0;
    if (BIASED) { offset = bias[a]; }
    for (var t = 0u; t < TALL; t++) {
      let at = y + t * params.spread;
      if (at < along.outputs) { out[start + at * along.out_step] = total[r][t] + offset; }
    }
  }
}
