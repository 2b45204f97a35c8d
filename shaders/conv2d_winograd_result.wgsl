// out[n, o, 2 y + i, 2 x + j] = bias[o] + (Aᵀ M A)[i, j] for M = tiles[·, ·, o, t], 4 × 4, of the tile t in row y and column x of
// sample n (Lavin and Gray, arXiv:1509.09308, F(2 × 2, 3 × 3)). Called by src/ops/conv2d/winograd.ts.
// A thread takes two tiles beside each other, as the two members of a vec2: a quad of four pixels in two rows.

//#import index
//#import epilogue

struct Params {
  first: u32, batch: u32, channels: u32, height: u32, width: u32,
  tile_rows: u32, quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
//#begin operands
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
//#end
@group(0) @binding(2) var<storage, read> tiles: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;

fn store(at: u32, column: u32, values: vec4<f32>) {
//#unless store
  for (var i = 0u; i < min(4u, params.width - column); i++) { out[at + column + i] = values[i]; }
//#end
}

@compute @workgroup_size(32)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let pair = flat_thread(group, groups, local, 32u);
  let q = pair % params.quads;
  var rest = pair / params.quads;
  let tile_row = rest % params.tile_rows;
  rest = rest / params.tile_rows;
  let n = rest % params.batch;
  let o = rest / params.batch;
  if (o >= params.channels) { return; }
  let plane = params.channels * params.batch * params.tile_rows * params.quads;
  var upper = array<vec2<f32>, 4>();
  var lower = array<vec2<f32>, 4>();
  for (var j = 0u; j < 4u; j++) { //#unroll
    let m1 = tiles[pair + (4u + j) * plane];
    let m2 = tiles[pair + (8u + j) * plane];
    upper[j] = tiles[pair + j * plane] + (m1 + m2);
    lower[j] = (m1 - m2) - tiles[pair + (12u + j) * plane];
  }
  let upper_even = upper[0] + (upper[1] + upper[2]);
  let upper_odd = (upper[1] - upper[2]) - upper[3];
  let lower_even = lower[0] + (lower[1] + lower[2]);
  let lower_odd = (lower[1] - lower[2]) - lower[3];
  let row = 2u * tile_row;
  let at = (((params.first + n) * params.channels + o) * params.height + row) * params.width;
  store(at, 4u * q, finished(vec4<f32>(upper_even.x, upper_odd.x, upper_even.y, upper_odd.y), o));
  if (row + 1u < params.height) {
    store(at + params.width, 4u * q, finished(vec4<f32>(lower_even.x, lower_odd.x, lower_even.y, lower_odd.y), o));
  }
}
