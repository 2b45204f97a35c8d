// Where quad i of a buffer lies that the runtime shows as a texture; WIDTH of runtime/pictures.ts is its width.
// Imported by kernels that may read such textures, on lavapipe: `//#import texel`.
// i counts groups of four numbers from the buffer's start.

fn texel(i: u32) -> vec2<u32> {
  return vec2<u32>(i % 1024u, i / 1024u);
}

// Where quad i of the rows of strips lies, 16 a row, and in which layer.
fn texel_of_strips(i: u32) -> vec3<u32> {
  return vec3<u32>(i % 16u, i / 16u % 8192u, i / 16u / 8192u);
}
