/** How much of each pixel is drawn, 0 to 255, out of a canvas' [red, green, blue, alpha] values: its alpha. */
export function inkOf(pixels: Uint8ClampedArray): Uint8Array {
  const ink = new Uint8Array(pixels.length / 4);
  for (let i = 0; i < ink.length; i++) ink[i] = pixels[4 * i + 3];
  return ink;
}

/** Writes ink into a canvas' values, in one colour. */
export function paintInk(
  pixels: Uint8ClampedArray,
  ink: Uint8Array,
  [red, green, blue]: readonly [number, number, number],
): void {
  for (let i = 0; i < ink.length; i++) {
    pixels[4 * i] = red;
    pixels[4 * i + 1] = green;
    pixels[4 * i + 2] = blue;
    pixels[4 * i + 3] = ink[i];
  }
}
