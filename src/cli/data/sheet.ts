import type { ImageSet } from '../../data/images';
import { loadSharp } from '../../data/sharp.node';
import { html } from '../../report/markup';

const PER_CLASS = 10;
/** Small images are enlarged, by whole numbers so that their pixels stay square, to about this many pixels. */
const CELL = 64;
const GAP = 4;
const MARGIN = 12;
const FONT = 18;
/** Rough width of a letter. */
const LETTER = 0.6 * FONT;
const PAPER = 0xff;

/** A picture of the first ten images of each class, a row for each with its name: PNG bytes. */
export async function contactSheet(set: ImageSet): Promise<Uint8Array> {
  const [, height, width] = set.shape;
  const scale = Math.max(1, Math.floor(CELL / Math.max(height, width)));
  const cell = { width: width * scale, height: height * scale };
  const left = MARGIN + Math.ceil(LETTER * Math.max(...set.classes.map((name) => name.length))) + MARGIN;
  const rowHeight = Math.max(cell.height, FONT) + GAP;
  const canvas = {
    width: left + PER_CLASS * (cell.width + GAP) + MARGIN - GAP,
    height: 2 * MARGIN + set.classes.length * rowHeight - GAP,
  };
  const pixels = Buffer.alloc(canvas.width * canvas.height * 3, PAPER);
  for (const [label] of set.classes.entries()) {
    for (const [column, index] of firstOf(set, label).entries()) {
      const corner = { x: left + column * (cell.width + GAP), y: MARGIN + label * rowHeight };
      paint(pixels, canvas.width, corner, scale, set, index);
    }
  }
  const names = set.classes.map(
    (name, label) =>
      html`<text x="${MARGIN}" y="${MARGIN + label * rowHeight + (rowHeight - GAP) / 2 + FONT / 3}">${name}</text>`,
  );
  const overlay = html`<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${canvas.height}" font-family="sans-serif" font-size="${FONT}" fill="#1a1a1a">${names}</svg>`;
  const sharp = await loadSharp('contact sheet');
  return sharp(pixels, { raw: { ...canvas, channels: 3 } })
    .composite([{ input: Buffer.from(overlay.text) }])
    .png()
    .toBuffer();
}

function firstOf({ labels }: ImageSet, label: number): number[] {
  const found: number[] = [];
  for (
    let at = labels.indexOf(label);
    at >= 0 && found.length < PER_CLASS;
    at = labels.indexOf(label, at + 1)
  ) {
    found.push(at);
  }
  return found;
}

/** Copies an image, each pixel as a square of `scale`; a grey one to all three channels. */
function paint(
  pixels: Uint8Array,
  canvasWidth: number,
  corner: { x: number; y: number },
  scale: number,
  { images, shape: [channels, height, width] }: ImageSet,
  index: number,
): void {
  const plane = height * width;
  const first = index * channels * plane;
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = first + Math.floor(y / scale) * width + Math.floor(x / scale);
      const to = ((corner.y + y) * canvasWidth + corner.x + x) * 3;
      for (let c = 0; c < 3; c++) pixels[to + c] = images[from + (channels === 3 ? c : 0) * plane];
    }
  }
}
