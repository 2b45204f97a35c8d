// Sorts blocks of `span` neighbours along the middle axis of x [outer, length, inner] by keys, and by places where keys are
// equal. Called by src/ops/sort-kernels.ts: gives the places in order, or keys and places for sort_merge.wgsl.
// Workgroup g sorts SLOTS / span blocks at once by Batcher's (1968) bitonic network; a thread exchanges two pairs a step.

//#import index

struct Params { blocks: u32, per_row: u32, span: u32, length: u32, inner: u32 }

override DESCENDING: bool = false;

override SLOTS: u32 = 1024u;
override THREADS: u32 = 256u; // a quarter of the slots

@group(0) @binding(0) var<uniform> params: Params;

//#unless element
@group(0) @binding(2) var<storage, read> x: array<f32>;

// In the order of numbers; −0 is 0, and NaN comes last.
fn key_at(at: u32) -> u32 {
  let bits = bitcast<u32>(x[at]);
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return 0xffffffffu; }
  return select(0x80000000u + size, ~bits, bits != size && size != 0u);
}
//#end

//#unless result
@group(0) @binding(1) var<storage, read_write> order: array<i32>;

fn keep(row: u32, at: u32, key: u32, place: u32) {
  order[start_of(row) + at * params.inner] = i32(place);
}
//#end

var<workgroup> keys: array<u32, SLOTS>;
var<workgroup> places: array<u32, SLOTS>;

fn start_of(row: u32) -> u32 {
  let outer = row / params.inner;
  return outer * params.length * params.inner + (row - outer * params.inner);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let span = params.span;
  let first_block = flat_group(group, groups) * (SLOTS / span);
  for (var slot = local; slot < SLOTS; slot += THREADS) {
    let block = first_block + slot / span;
    let row = block / params.per_row;
    let place = (block - row * params.per_row) * span + slot % span;
    var key = 0xffffffffu;
    if (block < params.blocks && place < params.length) {
      key = key_at(start_of(row) + place * params.inner);
      if (DESCENDING) { key = ~key; }
    }
    keys[slot] = key;
    places[slot] = place;
  }
  for (var size = 2u; size <= span; size *= 2u) {
    for (var reach = size / 2u; reach > 0u; reach /= 2u) {
      workgroupBarrier();
      for (var pair = local; pair < SLOTS / 2u; pair += THREADS) {
        let low = 2u * pair - (pair & (reach - 1u));
        let high = low + reach;
        let ascends = (low & (span - 1u) & size) == 0u;
        let low_key = keys[low];
        let high_key = keys[high];
        let low_place = places[low];
        let high_place = places[high];
        let is_above = low_key > high_key || (low_key == high_key && low_place > high_place);
        if (is_above == ascends) {
          keys[low] = high_key;
          keys[high] = low_key;
          places[low] = high_place;
          places[high] = low_place;
        }
      }
    }
  }
  workgroupBarrier();
  for (var slot = local; slot < SLOTS; slot += THREADS) {
    let block = first_block + slot / span;
    let row = block / params.per_row;
    let at = (block - row * params.per_row) * span + slot % span;
    if (block < params.blocks && at < params.length) { keep(row, at, keys[slot], places[slot]); }
  }
}
