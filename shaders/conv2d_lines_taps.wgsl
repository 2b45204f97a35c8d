// lines[tile, turn, o]: the taps of some kernel rows a turn as lines, see snippets/lines_of_3.wgsl: the first elements of each, then
// the rest of each. A tile is some output channels of a group. Kernel rows are those of all input channels, one after another.
// Called by src/ops/conv2d/lines.ts, for the result and for the gradient of the input, whose weights have their channels
// exchanged and their taps last first. A thread takes a kernel row; those beyond the last are zeros.

//#import index
//#begin taps
//#import lines_of_5
//#end

struct Params {
  rows: u32, turn: u32, quads: u32, tile: u32, outputs: u32, all_outputs: u32, kernel_rows: u32, high: u32,
  start: u32, group_step: u32, output_step: u32, channel_step: u32, row_step: i32, column_step: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> lines: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;

const THREADS = 32u;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let thread = flat_thread(group, groups, local, THREADS);
  let output = thread / params.rows;
  let row = thread % params.rows;
  if (output >= params.all_outputs) { return; }
  let of_group = output % params.outputs;
  let exists = row < params.kernel_rows;
  let tap = i32(
    params.start + (output / params.outputs) * params.group_step + of_group * params.output_step
      + (row / params.high) * params.channel_step,
  ) + i32(row % params.high) * params.row_step;
  var taps = array<f32, TAPS>();
  for (var j = 0u; j < TAPS; j++) {
    taps[j] = select(0.0, weight[u32(tap + i32(j) * params.column_step)], exists);
  }
  let line = line_of_taps(taps);
  let tiles_of_group = (params.outputs + params.tile - 1u) / params.tile;
  let tile = (output / params.outputs) * tiles_of_group + of_group / params.tile;
  let turn = tile * (params.rows / params.turn) + row / params.turn;
  let at = 2u * params.quads * (turn * params.tile + of_group % params.tile);
  let u = row % params.turn;
  lines[at + 2u * u] = line.first.xy;
  lines[at + 2u * u + 1u] = line.first.zw;
  let rest = rest_pairs(line.rest);
  for (var i = 0u; i < REST_PAIRS; i++) {
    lines[at + 2u * params.turn + u * REST_PAIRS + i] = rest[i];
  }
}
