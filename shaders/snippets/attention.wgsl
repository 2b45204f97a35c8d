// What the kernels of attention share: sizes, the place of a mask's element, dropout of weights.
// Imported by shaders/attention*.wgsl, after philox: `//#import attention`.
// q is [batches, queries, 4 width], k [batches, keys, 4 width], v [batches, keys, 4 columns].

struct Params {
  batches: u32, queries: u32, keys: u32, width: u32, columns: u32, tiles: u32, chunks: u32, scale: f32,
  mask_rank: u32, mask_query: u32, mask_key: u32,
  mask_lengths: array<vec4<u32>, 2>, mask_steps: array<vec4<u32>, 2>,
  seed: u32, stream: u32, offset: u32, p: f32,
}

override CAUSAL: bool = false;
override DROPOUT: bool = false;

// Sets these draws apart from random fills, dropout and drawn labels, whose counters hold 0, 1 and 2 there.
const ATTENTION = 3u;
const LOWEST = -3.0e38;

@group(0) @binding(0) var<uniform> params: Params;

// Where a batch's mask begins. Its axes are listed innermost first.
fn mask_start(b: u32) -> u32 {
  var rest = b;
  var start = 0u;
  for (var axis = 0u; axis < params.mask_rank; axis++) {
    let length = params.mask_lengths[axis / 4u][axis % 4u];
    start += (rest % length) * params.mask_steps[axis / 4u][axis % 4u];
    rest /= length;
  }
  return start;
}

// What the weight of a key is multiplied by: 0 with probability p, else 1 / (1 − p).
fn kept(row: u32, s: u32) -> f32 {
  if (!DROPOUT) { return 1.0; }
  let words = philox(vec4<u32>(s / 4u, params.offset, ATTENTION, row), vec2<u32>(params.seed, params.stream));
  return select(0.0, 1.0 / (1.0 - params.p), unit_float(words[s % 4u]) >= params.p);
}
