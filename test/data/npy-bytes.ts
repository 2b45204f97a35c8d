/** npy bytes by the format's description (NEP 1), for the readers to be tested against. */
export function npyBytes(
  shape: readonly number[],
  elements: Uint8Array,
  {
    dtype = "'|u1'",
    fortran = false,
    version = 1,
  }: { dtype?: string; fortran?: boolean; version?: number } = {},
): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': ${dtype}, 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${tuple}, }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const unpadded = 8 + lengthBytes + header.length + 1;
  const text = `${header.padEnd(header.length + ((64 - (unpadded % 64)) % 64))}\n`;
  const prefix = Buffer.alloc(8 + lengthBytes);
  prefix.write('\x93NUMPY', 'latin1');
  prefix[6] = version;
  prefix.writeUIntLE(text.length, 8, lengthBytes);
  return Buffer.concat([prefix, Buffer.from(text, 'latin1'), elements]);
}
