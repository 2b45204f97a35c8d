/** IDX bytes by the format's description, for the readers to be tested against. */
export function idxBytes(shape: number[], elements: ArrayLike<number>, type = 0x08): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = type;
  header[3] = shape.length;
  for (const [i, size] of shape.entries()) header.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([header, Buffer.from(Uint8Array.from(elements))]);
}
