import type { ImageSet } from './images';

/**
 * Smaller images: each pixel is the mean of `factor` × `factor` ones, rounded. What is left over at the right and below is cut
 * off.
 * @throws RangeError where no pixel would be left
 */
export function shrunk(set: ImageSet, factor: number): ImageSet {
  if (factor === 1) return set;
  const [channels, height, width] = set.shape;
  const rows = Math.floor(height / factor);
  const columns = Math.floor(width / factor);
  if (rows < 1 || columns < 1) {
    throw new RangeError(
      `${set.name}: images of ${height} × ${width} pixels cannot be shrunk by ${factor}, expected at most ${Math.min(height, width)}`,
    );
  }
  const planes = set.labels.length * channels;
  const images = new Uint8Array(planes * rows * columns);
  for (let place = 0; place < images.length; place++) {
    const column = place % columns;
    const row = Math.floor(place / columns) % rows;
    const plane = Math.floor(place / (columns * rows));
    const first = (plane * height + row * factor) * width + column * factor;
    let sum = 0;
    for (let y = 0; y < factor; y++)
      for (let x = 0; x < factor; x++) sum += set.images[first + y * width + x];
    images[place] = Math.round(sum / factor ** 2);
  }
  return { ...set, images, shape: [channels, rows, columns] };
}
