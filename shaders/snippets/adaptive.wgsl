// First place of window i of `windows` that cover `length` places evenly, and the place behind its last:
// [⌊i length / windows⌋, ⌈(i + 1) length / windows⌉). A place is held by the windows of the same rule with both exchanged.
// Imported by shaders/adaptive_*.wgsl: `//#import adaptive`. (i + 1) length stays below 2³².

fn adaptive_window(i: u32, length: u32, windows: u32) -> vec2<u32> {
  return vec2<u32>(i * length / windows, ((i + 1u) * length + windows - 1u) / windows);
}
