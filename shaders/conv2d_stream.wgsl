// out[n, o, y, x] = bias[o] + Σ_{c, i, j} in[n, c, y − pad + i * spread, x + offset(j)] * weight[o, c, i, j], stride 1, for images
// whose width is kept. Called by src/ops/conv2d/stream.ts for small kernels over few channels, forward and as the input
// gradient (weights last first); it writes the regions out for the kernel's size, and for rows that are no whole quads.
// A thread computes a stripe of a column of four pixels for some output channels: it goes down the image, reads every
// input row once, as vec4 where rows are whole quads, and keeps the output rows that are not finished yet in registers, the
// oldest in slot 0. A line is a row of a channel of a sample.

//#import index
//#import bias
//#import epilogue
//#import texel

struct Params {
  batch: u32, quads: u32, in_width: u32, in_height: u32, out_height: u32,
  stripes: u32, tall: u32, tiles: u32, tiles_per_group: u32,
  in_channels: u32, out_channels: u32, weight_group: u32, weight_first: u32,
  weight_output: i32, weight_input: i32, weight_row: i32, weight_column: i32,
  pad: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> weight: array<f32>;

//#begin size
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> image: array<vec4<f32>>;
const OUTPUTS = 1u; // output channels a thread
const INPUTS = 1u; // input channels of a group
const REACH = 0u; // input rows below the first that an output row needs
//#end

fn weight_of(start: i32, o: i32, c: i32, i: i32, j: i32) -> f32 {
  let at = start + o * params.weight_output + c * params.weight_input;
  return weight[u32(at + i * params.weight_row + j * params.weight_column)];
}

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  var rest = flat_thread(group, groups, local, 32u);
  let q = rest % params.quads;
  rest = rest / params.quads;
  let y0 = (rest % params.stripes) * params.tall;
  rest = rest / params.stripes;
  let tile = rest % params.tiles;
  let n = rest / params.tiles;
  if (n >= params.batch) { return; }
  let channel_group = tile / params.tiles_per_group;
  let o0 = tile * OUTPUTS;
  let first_output = o0 - channel_group * params.tiles_per_group * OUTPUTS;
  let weights = i32(channel_group * params.weight_group + params.weight_first) + i32(first_output) * params.weight_output;
  let in_line = (n * params.in_channels + channel_group * INPUTS) * params.in_height;
  var out_line = (n * params.out_channels + o0) * params.out_height + y0;
  let has_left = q > 0u;
  let has_right = q + 1u < params.quads;

//#begin weights
  let w0 = weight_of(weights, 0, 0, 0, 0);
//#end
//#begin slots
  var a0_0 = vec4<f32>();
//#end
  let steps = min(params.tall, params.out_height - y0) + REACH;
  for (var step = 0u; step < steps; step++) {
    let row = i32(y0 + step) - params.pad;
    if (u32(row) < params.in_height) {
//#begin row
      let at = (in_line + u32(row)) * params.quads + q;
      let here_quad = image[at];
      let left_quad = select(vec4<f32>(), image[max(at, 1u) - 1u], has_left);
      let right_quad = select(vec4<f32>(), image[at + 1u], has_right);
      a0_0 = fma(vec4<f32>(w0), here_quad + 0.0 * (left_quad + right_quad), a0_0);
//#end
    }
    if (step >= REACH) {
//#begin store
      out[out_line * params.quads + q] = finished(a0_0, o0);
//#end
      out_line += 1u;
    }
//#begin shift
    a0_0 = vec4<f32>();
//#end
  }
}
