import type { Report } from '../protocol';

/**
 * Reports as JSON. Arrays of bytes and of floats are text in base64, floats as their first 16 bits; of bytes with long runs
 * of one value, such as a drawing, the runs; of pictures whose three colours are equal, one of them.
 */

const BYTES = 'bytes';
const RUNS = 'runs';
/** So many bytes a run has to have on average. */
const LONG = 8;
const GREY = 'grey';
const FLOATS = 'floats';

export function encodeReports(reports: readonly Report[]): string {
  return JSON.stringify(reports, (_, value: unknown) => {
    if (value instanceof Uint8Array) return bytesOrRuns(value);
    if (value instanceof Float32Array) return { [FLOATS]: toBase64(upperHalves(value)) };
    if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(5));
    return value;
  });
}

export function decodeReports(text: string): readonly Report[] {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if (BYTES in value) return fromBase64(String(value[BYTES]));
    if (GREY in value) return thrice(fromBase64(String(value[GREY])));
    if (RUNS in value) return fromRuns(value[RUNS] as number[][]);
    if (FLOATS in value) return fromHalves(fromBase64(String(value[FLOATS])));
    return value;
  });
}

function bytesOrRuns(bytes: Uint8Array): object {
  const runs: [value: number, count: number][] = [];
  for (const value of bytes) {
    const last = runs.at(-1);
    if (last?.[0] === value) last[1] += 1;
    else runs.push([value, 1]);
  }
  if (runs.length * LONG < bytes.length) return { [RUNS]: runs };
  const third = bytes.subarray(0, bytes.length / 3);
  const isGrey =
    bytes.length > 0 && bytes.length % 3 === 0 && bytes.every((byte, i) => byte === third[i % third.length]);
  return isGrey ? { [GREY]: toBase64(third) } : { [BYTES]: toBase64(bytes) };
}

const fromRuns = (runs: readonly number[][]): Uint8Array =>
  Uint8Array.from(runs.flatMap(([value, count]) => Array.from({ length: count }, () => value)));

const thrice = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: 3 * bytes.length }, (_, i) => bytes[i % bytes.length]);

/** The upper 16 bits of each float, rounded: sign, exponent and 7 bits, enough for a picture. */
function upperHalves(values: Float32Array): Uint8Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return new Uint8Array(Uint16Array.from(bits, (word) => (word + 0x8000) >>> 16).buffer);
}

function fromHalves(bytes: Uint8Array<ArrayBuffer>): Float32Array {
  const halves = new Uint16Array(bytes.buffer);
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
}

const toBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
