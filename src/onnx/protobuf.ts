/** Protocol buffers, as far as writing ONNX needs them. Source: protobuf.dev/programming-guides/encoding. */

/** Bytes in pieces, which are put together once: weights are not copied at every level. */
export type Pieces = readonly Uint8Array[];

const WIRE = { varint: 0, length: 2, fixed32: 5 } as const;
const utf8 = new TextEncoder();

/** Seven bits a byte, the lowest first; numbers below 0 as of 64 bits. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

const tag = (field: number, wire: keyof typeof WIRE): number[] => varint(field * 8 + WIRE[wire]);

export const int = (field: number, value: number): Pieces => [
  Uint8Array.of(...tag(field, 'varint'), ...varint(value)),
];

export function float(field: number, value: number): Pieces {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return [Uint8Array.of(...tag(field, 'fixed32')), bytes];
}

export function bytes(field: number, content: Pieces): Pieces {
  const length = content.reduce((sum, piece) => sum + piece.length, 0);
  return [Uint8Array.of(...tag(field, 'length'), ...varint(length)), ...content];
}

export const text = (field: number, value: string): Pieces => bytes(field, [utf8.encode(value)]);

export const message = (field: number, fields: readonly Pieces[]): Pieces => bytes(field, fields.flat());

export function joined(pieces: Pieces): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
