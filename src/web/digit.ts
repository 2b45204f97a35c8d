/** Side of an MNIST image, of the box its digit fits into, and of the space around it. */
export const SIDE = 28;
const BOX = 20;

/**
 * Grey values of a drawing, white on black, as MNIST's makers prepared theirs (LeCun et al. 1998). The drawing is
 * scaled to fit 20 × 20, with its proportions kept. Its centre of mass is put into the middle of 28 × 28.
 * @param ink how much of each pixel is drawn, 0 to 255, `side` × `side`
 * @returns nothing for an empty drawing
 */
export function asMnist(ink: Uint8Array | Uint8ClampedArray, side: number): Uint8Array | undefined {
  const box = boundsOf(ink, side);
  if (!box) return undefined;
  const scale = Math.max(box.width, box.height) / BOX;
  const width = Math.max(1, Math.round(box.width / scale));
  const height = Math.max(1, Math.round(box.height / scale));
  const small = new Float64Array(width * height);
  let [mass, massX, massY] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = meanOver(ink, side, {
        left: box.left + (x * box.width) / width,
        right: box.left + ((x + 1) * box.width) / width,
        top: box.top + (y * box.height) / height,
        bottom: box.top + ((y + 1) * box.height) / height,
      });
      small[y * width + x] = value;
      mass += value;
      massX += value * (x + 0.5);
      massY += value * (y + 0.5);
    }
  }
  const left = Math.round(SIDE / 2 - massX / mass);
  const top = Math.round(SIDE / 2 - massY / mass);
  const image = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = [left + x, top + y];
      if (column < 0 || column >= SIDE || row < 0 || row >= SIDE) continue;
      image[row * SIDE + column] = Math.round(small[y * width + x]);
    }
  }
  return image;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function boundsOf(
  ink: ArrayLike<number>,
  side: number,
): (Box & { width: number; height: number }) | undefined {
  let [left, top, right, bottom] = [side, side, 0, 0];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (ink[y * side + x] === 0) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  return right > left ? { left, top, right, bottom, width: right - left, height: bottom - top } : undefined;
}

/** Mean over a rectangle whose edges may cut pixels. */
function meanOver(ink: ArrayLike<number>, side: number, { left, top, right, bottom }: Box): number {
  let [sum, area] = [0, 0];
  for (let y = Math.floor(top); y < bottom; y++) {
    const tall = Math.min(bottom, y + 1) - Math.max(top, y);
    for (let x = Math.floor(left); x < right; x++) {
      const part = tall * (Math.min(right, x + 1) - Math.max(left, x));
      sum += part * ink[Math.min(side - 1, y) * side + Math.min(side - 1, x)];
      area += part;
    }
  }
  return sum / area;
}
