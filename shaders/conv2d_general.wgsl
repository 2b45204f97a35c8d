// out[n, a, y, x] = bias[a] + Σ_{b, i, j} weight[a, b, i, j] * image[n, b, row(y, i), column(x, j)],
//   row(y, i) = first + y * step + i * tap, column likewise, zeros outside of the image.
// Called by src/ops/conv2d/general.ts: forward, and as the gradient of the input, which correlates that of the output.
// A thread computes ROWS channels × TALL positions of one column. The positions lie `spread` apart, so that from one
// tap to the next (`residues` further) its window of inputs moves on by one: one load for ROWS * TALL products.
// With LONG, for more than 512 taps of all channels, chains of products are added up as a running sum: those of some
// channels, and with LONG_KERNEL of some taps of a line.
// Workgroups: tiles of channels slowest; threads within a tile: columns fastest, then tiles of positions, then samples.

//#import index
//#import bias
//#import epilogue
//#import running_sum

// One axis of the image: `along` which windows slide, or `across` it. Strides and out_step in elements, others in pixels.
struct Axis {
  outputs: u32, out_step: u32, inputs: u32, in_stride: u32,
  in_first: i32, in_step: i32, in_tap: i32, taps: u32,
}
struct Params {
  along: Axis,
  across: Axis,
  spread: u32, residues: u32, position_tiles: u32, position_groups: u32,
  batch: u32, tiles_per_group: u32, group_outputs: u32, group_inputs: u32,
  out_channels: u32, in_channels: u32, out_plane: u32, in_plane: u32,
  weight_group: u32, weight_output: u32, weight_input: u32, weight_first: u32,
  weight_along: i32, weight_across: i32, out_first: u32, tall: u32,
  chain_inputs: u32, chain_taps: u32,
}

// One tap only: the loops over taps vanish.
override POINTWISE: bool = false;
override LONG: bool = false;
override LONG_KERNEL: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> image: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;

//#begin tile
const ROWS = 4u;
const TALL = 7u;
//#end

alias Sums = array<array<f32, TALL>, ROWS>;
alias Running = array<array<RunningSum, TALL>, ROWS>;

fn fold(sums: ptr<function, Sums>, running: ptr<function, Running>) {
  for (var r = 0u; r < ROWS; r++) { //#unroll
    for (var t = 0u; t < TALL; t++) { //#unroll
      (*running)[r][t] = with_part((*running)[r][t], (*sums)[r][t]);
      (*sums)[r][t] = 0.0;
    }
  }
}

fn input_at(column_at: u32, column_ok: bool, row: i32) -> f32 {
  return select(0.0, image[column_at + u32(row) * params.along.in_stride], column_ok && u32(row) < params.along.inputs);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let along = params.along;
  let across = params.across;
  let residues = select(params.residues, 1u, POINTWISE);
  // Divisions are slow on software adapters: those by 1 are left out.
  let flat = flat_group(group, groups);
  let tile = flat / params.position_groups;
  var channel_group = tile;
  if (params.tiles_per_group > 1u) { channel_group = tile / params.tiles_per_group; }
  let a0 = (tile - channel_group * params.tiles_per_group) * ROWS;
  let position = (flat - tile * params.position_groups) * 64u + local;
  let row_tile = position / across.outputs;
  let x = position - row_tile * across.outputs;
  let n = row_tile / params.position_tiles;
  let stripe = row_tile - n * params.position_tiles;
  var y = stripe * TALL;
  if (params.spread > 1u) {
    let block = stripe / params.spread;
    y = block * (TALL * params.spread) + stripe - block * params.spread;
  }

  let row0 = along.in_first + i32(y) * along.in_step;
  let column0 = across.in_first + i32(x) * across.in_step;
  let window_step = i32(params.spread) * along.in_step;
  let weight0 = params.weight_first + channel_group * params.weight_group + a0 * params.weight_output;
  let plane0 = (n * params.in_channels + channel_group * params.group_inputs) * params.in_plane;
  var total: Sums;
  var running: Running;
  var window: array<f32, TALL>;
  for (var b0 = 0u; b0 < params.group_inputs; b0 += params.chain_inputs) {
    for (var b = b0; b < min(b0 + params.chain_inputs, params.group_inputs); b++) {
      for (var j = 0u; j < select(across.taps, 1u, POINTWISE); j++) {
        let column = column0 + i32(j) * across.in_tap;
        let column_ok = u32(column) < across.inputs;
        let column_at = plane0 + b * params.in_plane + u32(column) * across.in_stride;
        for (var residue = 0u; residue < residues; residue++) {
          var row = row0 + i32(residue) * along.in_tap;
          // Not up to TALL: a loop of constant length would be unrolled, and loads take long to compile.
          for (var load = 1u; load < params.tall; load++) {
            for (var t = 1u; t < TALL; t++) { //#unroll
              window[t - 1u] = window[t];
            }
            window[TALL - 1u] = input_at(column_at, column_ok, row);
            row += window_step;
          }
          let taps = select(along.taps, 1u, POINTWISE);
          for (var i0 = residue; i0 < taps; i0 += params.chain_taps) {
            for (var i = i0; i < min(i0 + params.chain_taps, taps); i += residues) {
              for (var t = 1u; t < TALL; t++) { //#unroll
                window[t - 1u] = window[t];
              }
              window[TALL - 1u] = input_at(column_at, column_ok, row);
              row += window_step;
              let weight_at = weight0 + b * params.weight_input
                + u32(i32(i) * params.weight_along + i32(j) * params.weight_across);
              for (var r = 0u; r < ROWS; r++) { //#unroll
                let w = weight[weight_at + r * params.weight_output];
                for (var t = 0u; t < TALL; t++) { //#unroll
                  total[r][t] = fma(w, window[t], total[r][t]);
                }
              }
            }
            if (LONG_KERNEL) { fold(&total, &running); }
          }
        }
      }
    }
    if (LONG) { fold(&total, &running); }
  }

  if (n >= params.batch) { return; }
  if (LONG) {
    for (var r = 0u; r < ROWS; r++) { //#unroll
      for (var t = 0u; t < TALL; t++) { //#unroll
        total[r][t] = whole(running[r][t]);
      }
    }
  }
  let a = channel_group * params.group_outputs + a0;
  let start = params.out_first + (n * params.out_channels + a) * params.out_plane + x * across.out_step;
  for (var i = 0u; i < params.tall; i++) {
    for (var r = 0u; r < ROWS; r++) { //#unroll
      if (a0 + r < params.group_outputs && y < along.outputs) {
        out[start + r * params.out_plane + y * along.out_step] = finished(vec4<f32>(total[r][0]), a + r).x;
      }
      for (var t = 1u; t < TALL; t++) { //#unroll
        total[r][t - 1u] = total[r][t];
      }
    }
    y += params.spread;
  }
}
