import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { idxBytes } from '../data/idx-bytes';

const SIZE = 28;

/** Labels 0 to 9 in turn; a digit's images have a bright bar at a height of its own, over grain. */
export function digits(count: number) {
  const labels = Array.from({ length: count }, (_, i) => i % 10);
  const pixels = Uint8Array.from({ length: count * SIZE * SIZE }, (_, at) => {
    const image = Math.floor(at / (SIZE * SIZE));
    const row = Math.floor((at % (SIZE * SIZE)) / SIZE);
    const grain = (at * 7919 + image * 104_729) % 97;
    return (Math.abs(row - 4 - 2 * labels[image]) < 2 ? 150 : 0) + grain;
  });
  return { labels, pixels };
}

/** Writes the four MNIST files, small, into a folder, which is made if need be. */
export async function writeDigits(dir: string, train = 300, test = 100): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const [name, count] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    const { labels, pixels } = digits(count);
    await writeFile(join(dir, `${name}-images-idx3-ubyte`), idxBytes([count, SIZE, SIZE], pixels));
    await writeFile(join(dir, `${name}-labels-idx1-ubyte`), idxBytes([count], labels));
  }
}
