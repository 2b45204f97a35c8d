// Order of numbers by their bits: exact also of denormals, which an adapter may take for 0, and of infinities.
// Imported by the elementwise kernels of src/ops/comparison.ts, after nan: their text is put into the kernel.
// Both are scalar, f32.

// A whole number that is larger for the larger one; −0 and 0 have the same.
fn order_of(x: f32) -> i32 {
  let size = i32(size_bits(x));
  return select(size, -size, bitcast<u32>(x) >= 0x80000000u);
}

fn are_numbers(a: f32, b: f32) -> bool {
  return !(is_nan(a) | is_nan(b));
}
