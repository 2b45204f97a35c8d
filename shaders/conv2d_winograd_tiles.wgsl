// tiles[i, j, c, t] = (L X Lᵀ)[i, j] for X the pixels that tile t of channel c sees, i and j in 0 … 3. Of the input X is 4 × 4 and L
// is Bᵀ, of the output's gradient X is 2 × 2 and L is A (Lavin and Gray, arXiv:1509.09308, F(2 × 2, 3 × 3)).
// Called by src/ops/conv2d/winograd.ts, which writes the regions for both.
// A thread takes two tiles beside each other, as the two members of a vec2: quads of four output pixels, columns fastest.

//#import index

struct Params {
  first: u32, batch: u32, channels: u32, height: u32, width: u32,
  tile_rows: u32, quads: u32, pad_rows: u32, pad_columns: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> tiles: array<vec2<f32>>;
//#begin operand
@group(0) @binding(2) var<storage, read> image: array<f32>;
//#end

//#unless pixel
// 0 outside the image.
fn pixel(at: u32, row: u32, column: u32) -> f32 {
  let inside = (row < params.height) & (column < params.width);
  return select(0.0, image[select(0u, at + row * params.width + column, inside)], inside);
}
//#end

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
  let c = rest / params.batch;
  if (c >= params.channels) { return; }
  let at = ((params.first + n) * params.channels + c) * params.height * params.width;
  let top = 2u * tile_row - params.pad_rows;
  let left = 4u * q - params.pad_columns;
  let plane = params.channels * params.batch * params.tile_rows * params.quads;
//#begin pixels
  let x0_0 = vec2<f32>(pixel(at, top, left), pixel(at, top, left + 2u));
//#end
//#begin transform
  tiles[pair + 0u * plane] = x0_0;
//#end
}
