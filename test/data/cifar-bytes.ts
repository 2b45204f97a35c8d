import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

export const CIFAR_PIXELS = 3 * 32 * 32;

/** Records by the format's description; each image is of one value, which its last pixel tells by being 7. */
export function cifarBytes(records: readonly { labels: number[]; value: number }[]): Buffer {
  return Buffer.concat(
    records.map(({ labels, value }) => {
      const pixels = Buffer.alloc(CIFAR_PIXELS, value);
      pixels[CIFAR_PIXELS - 1] = 7;
      return Buffer.concat([Buffer.from(labels), pixels]);
    }),
  );
}

/** CIFAR-10 records of these labels, one after the other. */
export const cifar10Bytes = (labels: readonly number[]): Buffer =>
  cifarBytes(labels.map((label, i) => ({ labels: [label], value: 10 * i })));

/** A `.tar.gz` of files by their paths. */
export async function tarGz(files: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, bytes);
  archive.finalize();
  return gzipSync(await buffer(Readable.from(archive)));
}
