import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { damaged, damages } from '../mutate';

/** What is done to a file before it is read. */
export type Change = (bytes: Uint8Array) => Uint8Array;

const inBytes: fc.Arbitrary<Change> = damages.map((all) => (bytes) => damaged(bytes, all));

/** In what was packed: in the packed bytes, damage mostly shows in the sum at the end. */
const inPacked: fc.Arbitrary<Change> = damages.map((all) => (bytes) => {
  if (bytes[0] !== 0x1f) return damaged(bytes, all);
  return Uint8Array.from(gzipSync(damaged(Uint8Array.from(gunzipSync(bytes)), all), { level: 1 }));
});

const EXTREMES = [
  null,
  -1,
  0,
  0.5,
  1e308,
  '',
  '\u001b]0;x\u0007',
  '__proto__',
  '../../x',
  [],
  {},
  true,
  '\ud800',
  2 ** 53,
];
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** A value anywhere in JSON becomes another one. In a file that is no JSON it is damage. */
const inValues: fc.Arbitrary<Change> = fc
  .tuple(share, fc.oneof(fc.constantFrom(...EXTREMES), fc.jsonValue({ maxDepth: 2 })), damages)
  .map(([at, value, all]) => (bytes) => {
    try {
      const whole: unknown = JSON.parse(Buffer.from(bytes).toString());
      const places = placesIn(whole);
      const place = places[Math.floor(at * places.length)];
      if (place === undefined) return damaged(bytes, all);
      Reflect.set(place.holder, place.key, value);
      return Uint8Array.from(Buffer.from(JSON.stringify(whole)));
    } catch {
      return damaged(bytes, all);
    }
  });

interface Place {
  readonly holder: object;
  readonly key: string;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => [{ holder: value, key }, ...placesIn(Reflect.get(value, key))]);
}

const replaced: fc.Arbitrary<Change> = fc.uint8Array({ maxLength: 200 }).map((bytes) => () => bytes);

/** All kinds of damage to a file. */
export const changes: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: inBytes },
  { weight: 3, arbitrary: inPacked },
  { weight: 4, arbitrary: inValues },
  { weight: 1, arbitrary: replaced },
);
