// lines[tile, turn, o]: the taps of a turn's kernel rows as lines, see snippets/lines_of_3.wgsl: the first elements of each, then the
// rest of each. A turn takes all kernel rows of some input channels, a tile is some output channels of a group.
// Called by src/ops/conv2d/lines.ts, for the result and for the gradient of the input, whose weights have their channels
// exchanged and their taps last first. A thread takes one input channel of one output channel; those beyond the last are zeros.

//#import index
//#begin taps
//#import lines_of_5
//#end

struct Params {
  all_outputs: u32, outputs: u32, tile_bits: u32, tiles: u32,
  inputs: u32, channels: u32, turns: u32, high: u32, quads: u32,
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
  let all_inputs = params.turns * params.channels;
  let output = thread / all_inputs;
  if (output >= params.all_outputs) { return; }
  let c = thread - output * all_inputs;
  let channel_group = output / params.outputs;
  let of_group = output - channel_group * params.outputs;
  let turn = c / params.channels;
  let tile_of_group = of_group >> params.tile_bits;
  let of_tile = of_group - (tile_of_group << params.tile_bits);
  let tile = channel_group * params.tiles + tile_of_group;
  let place = ((tile * params.turns + turn) << params.tile_bits) + of_tile;
  let first_line = (c - turn * params.channels) * params.high;
  let line_at = 2u * (place * params.quads + first_line);
  let rest_at = 2u * (place * params.quads + params.channels * params.high) + first_line * REST_PAIRS;
  let plane = params.start + channel_group * params.group_step + of_group * params.output_step + c * params.channel_step;
  for (var i = 0u; i < params.high; i++) {
    var taps = array<f32, TAPS>();
    for (var j = 0u; j < TAPS; j++) {
      let tap = i32(plane) + i32(i) * params.row_step + i32(j) * params.column_step;
      taps[j] = select(0.0, weight[u32(tap)], c < params.inputs);
    }
    let line = line_of_taps(taps);
    lines[line_at + 2u * i] = line.first.xy;
    lines[line_at + 2u * i + 1u] = line.first.zw;
    let rest = rest_pairs(line.rest);
    for (var k = 0u; k < REST_PAIRS; k++) { lines[rest_at + i * REST_PAIRS + k] = rest[k]; }
  }
}
