// out[s, o, c, i, j] = Σ_{n, y, x in split s} g[n, o, y, x] * image[n, c, row(y, i), column(x, j)],
//   row(y, i) = first + y * step + i * tap, column likewise, zeros outside of the image.
// With PER_SAMPLE: Σ_n (Σ_{y, x} g * image)², the squares of per-sample gradients; splits are of whole samples.
// Called by src/ops/conv2d/general.ts, which adds up the splits.
// A thread computes ROWS output channels × COLUMNS taps of an axis, `residues` apart: while it walks along that axis in
// steps of `spread`, its window of inputs moves on by one. With SLIDING false, COLUMNS input channels and one tap.
// Chains of products are added up by themselves, then the chains; with LONG, for more than 2048 terms, as a running sum.
// Threads: taps across the axis fastest, then tiles of taps, input channels, tiles of output channels, splits.

//#import index
//#import running_sum

// One axis of the image: `along` which windows slide, or `across` it. Strides in elements, others in pixels.
struct Axis {
  outputs: u32, out_stride: u32, inputs: u32, in_stride: u32,
  in_first: i32, in_step: i32, in_tap: i32, taps: u32,
}
struct Params {
  along: Axis,
  across: Axis,
  spread: u32, residues: u32, tap_tiles: u32, channel_tiles: u32,
  tiles: u32, tiles_per_group: u32, group_outputs: u32, group_inputs: u32,
  out_channels: u32, in_channels: u32, out_plane: u32, in_plane: u32,
  units: u32, split_units: u32, splits: u32, kernel: u32,
  weight_along: u32, weight_across: u32, columns: u32,
}

override PER_SAMPLE: bool = false;
override SLIDING: bool = true;
override LONG: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<storage, read> g: array<f32>;
@group(0) @binding(3) var<storage, read> image: array<f32>;

//#begin tile
const ROWS = 4u;
const COLUMNS = 3u;
//#end

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let along = params.along;
  let across = params.across;
  let thread = flat_thread(group, groups, local, 64u);
  let split = thread / params.tiles;
  if (split >= params.splits) { return; }
  var rest = thread - split * params.tiles;
  let j = rest % across.taps;
  rest = rest / across.taps;
  let tap_tile = rest % params.tap_tiles;
  rest = rest / params.tap_tiles;
  let channel_tile = rest % params.channel_tiles;
  rest = rest / params.channel_tiles;
  let channel_group = rest / params.tiles_per_group;
  let o0 = (rest - channel_group * params.tiles_per_group) * ROWS;
  var i0 = 0u;
  var c0 = channel_tile * COLUMNS;
  if (SLIDING) {
    i0 = (tap_tile / params.residues) * (COLUMNS * params.residues) + tap_tile % params.residues;
    c0 = channel_tile;
  }

  let window_step = i32(params.spread) * along.in_step;
  let row0 = along.in_first + i32(i0) * along.in_tap;
  let column0 = across.in_first + i32(j) * across.in_tap;
  var part: array<array<f32, COLUMNS>, ROWS>;
  var total: array<array<f32, COLUMNS>, ROWS>;
  var running: array<array<RunningSum, COLUMNS>, ROWS>;
  var chain = 0u; // positions
  var chains = 0u;
  var squares: array<array<f32, COLUMNS>, ROWS>;
  var window: array<f32, COLUMNS>;
  let end = min((split + 1u) * params.split_units, params.units);
  var n = (split * params.split_units) / across.outputs;
  var x = split * params.split_units - n * across.outputs;
  // A unit is a line of the gradient along the axis.
  for (var unit = split * params.split_units; unit < end; unit++) {
    let column = column0 + i32(x) * across.in_step;
    if (u32(column) < across.inputs) {
      let in_at = (n * params.in_channels + channel_group * params.group_inputs + c0) * params.in_plane
        + u32(column) * across.in_stride;
      let g_at = (n * params.out_channels + channel_group * params.group_outputs + o0) * params.out_plane
        + x * across.out_stride;
      for (var start = 0u; start < params.spread; start++) {
        var row = row0 + i32(start) * along.in_step;
        if (SLIDING) {
          // Not up to COLUMNS: a loop of constant length would be unrolled, and loads take long to compile.
          for (var load = 1u; load < params.columns; load++) {
            for (var q = 1u; q < COLUMNS; q++) { //#unroll
              window[q - 1u] = window[q];
            }
            window[COLUMNS - 1u] = select(0.0, image[in_at + u32(row) * along.in_stride], u32(row) < along.inputs);
            row += window_step;
          }
        }
        for (var y0 = start; y0 < along.outputs; y0 += CHAIN * params.spread) {
          let stop = min(y0 + CHAIN * params.spread, along.outputs);
          for (var y = y0; y < stop; y += params.spread) {
            let row_ok = u32(row) < along.inputs;
            let row_at = in_at + u32(row) * along.in_stride;
            row += window_step;
            if (SLIDING) {
              for (var q = 1u; q < COLUMNS; q++) { //#unroll
                window[q - 1u] = window[q];
              }
              window[COLUMNS - 1u] = select(0.0, image[row_at], row_ok);
            } else {
              for (var q = 0u; q < COLUMNS; q++) { //#unroll
                window[q] = select(0.0, image[row_at + q * params.in_plane], row_ok);
              }
            }
            for (var r = 0u; r < ROWS; r++) { //#unroll
              let value = g[g_at + y * along.out_stride + r * params.out_plane];
              for (var q = 0u; q < COLUMNS; q++) { //#unroll
                part[r][q] = fma(value, window[q], part[r][q]);
              }
            }
            chain += 1u;
          }
          if (chain < CHAIN) { continue; }
          chain = 0u;
          chains += 1u;
          for (var r = 0u; r < ROWS; r++) { //#unroll
            for (var q = 0u; q < COLUMNS; q++) { //#unroll
              total[r][q] += part[r][q];
              part[r][q] = 0.0;
            }
          }
          if (LONG && chains >= CHAIN) {
            chains = 0u;
            for (var r = 0u; r < ROWS; r++) { //#unroll
              for (var q = 0u; q < COLUMNS; q++) { //#unroll
                running[r][q] = with_part(running[r][q], total[r][q]);
                total[r][q] = 0.0;
              }
            }
          }
        }
      }
    }
    x += 1u;
    if (x == across.outputs) {
      x = 0u;
      n += 1u;
      if (PER_SAMPLE) {
        for (var r = 0u; r < ROWS; r++) { //#unroll
          for (var q = 0u; q < COLUMNS; q++) { //#unroll
            let sum = part[r][q] + total[r][q] + whole(running[r][q]);
            squares[r][q] = fma(sum, sum, squares[r][q]);
            part[r][q] = 0.0;
            total[r][q] = 0.0;
            running[r][q] = RunningSum();
          }
        }
      }
    }
  }
  for (var r = 0u; r < ROWS; r++) { //#unroll
    for (var q = 0u; q < COLUMNS; q++) { //#unroll
      total[r][q] += part[r][q] + whole(running[r][q]);
    }
  }
  let o = channel_group * params.group_outputs + o0;
  var at = ((split * params.out_channels + o) * params.group_inputs + c0) * params.kernel + j * params.weight_across;
  if (SLIDING) { at += i0 * params.weight_along; }
  for (var column = 0u; column < params.columns; column++) {
    let valid = select(c0 + column < params.group_inputs, i0 + column * params.residues < along.taps, SLIDING);
    for (var r = 0u; r < ROWS; r++) { //#unroll
      if (valid && o0 + r < params.group_outputs) {
        out[at + r * params.group_inputs * params.kernel] = select(total[r][0], squares[r][0], PER_SAMPLE);
      }
      for (var q = 1u; q < COLUMNS; q++) { //#unroll
        total[r][q - 1u] = total[r][q];
        squares[r][q - 1u] = squares[r][q];
      }
    }
    at += select(params.kernel, params.residues * params.weight_along, SLIDING);
  }
}
