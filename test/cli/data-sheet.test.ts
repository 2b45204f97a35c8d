import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { contactSheet } from '../../src/cli/data/sheet';
import type { ImageSet } from '../../src/data/images';

const GREEN = 0x00ff00;
const BLUE = 0x0000ff;
const WHITE = 0xffffff;

/** The picture as one number a pixel, red first. */
async function picture(png: Uint8Array) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const pixels = Array.from({ length: info.width * info.height }, (_, i) => data.readUIntBE(3 * i, 3));
  return { ...info, pixels, count: (colour: number) => pixels.filter((pixel) => pixel === colour).length };
}

/** Flat images of 16 x 16 in green (class 0) or blue (class 1), one after the other. */
function flat(counts: readonly [number, number], classes: readonly string[]): ImageSet {
  const plane = 16 * 16;
  const labels = counts.flatMap((count, label) => new Array<number>(count).fill(label));
  const images = Uint8Array.from({ length: labels.length * 3 * plane }, (_, i) => {
    const channel = Math.floor(i / plane) % 3;
    return channel === labels[Math.floor(i / (3 * plane))] + 1 ? 255 : 0;
  });
  return { name: 'flat', images, labels: Uint8Array.from(labels), shape: [3, 16, 16], classes };
}

describe('contactSheet', () => {
  it('shows ten images of each class at most, enlarged by a whole number, a row for each', async () => {
    const { width, pixels, count } = await picture(await contactSheet(flat([12, 3], ['green', 'blue'])));
    expect([count(GREEN), count(BLUE)]).toEqual([10 * 64 * 64, 3 * 64 * 64]);
    const rowsOf = (colour: number) =>
      new Set(pixels.flatMap((pixel, i) => (pixel === colour ? Math.floor(i / width) : [])));
    expect([rowsOf(GREEN).size, rowsOf(BLUE).size]).toEqual([64, 64]);
    expect(Math.max(...rowsOf(GREEN))).toBeLessThan(Math.min(...rowsOf(BLUE)));
  });

  it('writes the names of the classes left of their rows, whatever is in them', async () => {
    const named = await picture(await contactSheet(flat([1, 1], ['<a & "b">', 'blue'])));
    const unnamed = await picture(await contactSheet(flat([1, 1], ['         ', 'blue'])));
    expect([named.width, named.height]).toEqual([unnamed.width, unnamed.height]);
    const differing = named.pixels.flatMap((pixel, i) =>
      pixel !== unnamed.pixels[i] ? i % named.width : [],
    );
    expect(differing.length).toBeGreaterThan(100);
    expect(Math.max(...differing)).toBeLessThan(named.pixels.indexOf(GREEN) % named.width);
  });

  it('shows grey images as grey, and a large one at its own size', async () => {
    const shape = [1, 100, 90] as const;
    const images = new Uint8Array(9000).fill(0x80);
    const set: ImageSet = { name: 'g', images, labels: Uint8Array.of(0), shape, classes: ['g'] };
    const { count } = await picture(await contactSheet(set));
    expect(count(0x808080)).toBe(9000);
    expect(count(WHITE)).toBeGreaterThan(9000);
  });
});
