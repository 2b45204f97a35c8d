// Which element of a row stands at a place beside it: mirrored at the first or last, the nearest, or counted on around.
// Imported by shaders/pad_border.wgsl and pad_border_backward.wgsl: `//#import border`.
// The place counts from the row's first element, and may be negative.

const REFLECT = 0u;
const REPLICATE = 1u;
const CIRCULAR = 2u;

fn source_of(place: i32, length: i32, mode: u32) -> i32 {
  let last = length - 1;
  if (mode == REFLECT) { return select(select(place, 2 * last - place, place > last), -place, place < 0); }
  if (mode == REPLICATE) { return clamp(place, 0, last); }
  return (place + length) % length;
}
