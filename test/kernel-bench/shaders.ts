/** The bindings of the test kernels: x, y and a workgroup of SIZE. */
export const HEAD = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
override SIZE: u32 = 64;
`;

/** An entry point that runs body for the element i. */
export const entry = (body: string, size = 'SIZE') => `
@compute @workgroup_size(${size})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  ${body}
}`;

/** y = 2 x, for 1,000 elements. */
export const double = HEAD + entry('if (i < 1000u) { y[i] = 2.0 * x[i]; }');
