// Where quad i of a buffer lies that the runtime shows as a texture; WIDTH of runtime/pictures.ts is its width.
// Imported by kernels that may read such textures, on lavapipe: `//#import texel`.
// i counts groups of four numbers from the buffer's start.

fn texel(i: u32) -> vec2<u32> {
  return vec2<u32>(i % 1024u, i / 1024u);
}
