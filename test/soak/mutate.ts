import fc from 'fast-check';

/** One way to damage a few bytes. Places are shares of the length, so that they fit whatever there is. */
type Damage =
  | { readonly kind: 'flip'; readonly at: number; readonly bit: number }
  | { readonly kind: 'set'; readonly at: number; readonly value: number }
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'remove'; readonly at: number; readonly count: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'repeat'; readonly at: number; readonly count: number };

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** Headers stand at the beginning, where one byte changes most. */
const place = fc.oneof(
  share,
  share.map((value) => value ** 4),
);
/** Values that sizes, counts and types go wrong by. */
const value = fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255));
const few = fc.integer({ min: 1, max: 64 });

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: place, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('set' as const), at: place, value }),
  fc.record({ kind: fc.constant('cut' as const), at: place }),
  fc.record({ kind: fc.constant('remove' as const), at: place, count: few }),
  fc.record({
    kind: fc.constant('insert' as const),
    at: place,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 32 }),
  }),
  fc.record({ kind: fc.constant('repeat' as const), at: place, count: few }),
);

/** One to six kinds of damage, one after the other. */
export const damages = fc.array(damage, { minLength: 1, maxLength: 6 });

/** A damaged copy of some bytes. */
export const damaged = (bytes: Uint8Array, all: readonly Damage[]): Uint8Array =>
  all.reduce(damagedOnce, bytes);

function damagedOnce(bytes: Uint8Array, one: Damage): Uint8Array {
  const at = Math.floor(one.at * bytes.length);
  const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
  switch (one.kind) {
    case 'flip':
      return bytes.map((byte, i) => (i === at ? byte ^ (1 << one.bit) : byte));
    case 'set':
      return bytes.map((byte, i) => (i === at ? one.value : byte));
    case 'cut':
      return bytes.slice(0, at);
    case 'remove':
      return joined(bytes.subarray(0, at), bytes.subarray(at + one.count));
    case 'insert':
      return joined(bytes.subarray(0, at), one.bytes, bytes.subarray(at));
    case 'repeat':
      return joined(bytes.subarray(0, at + one.count), bytes.subarray(at));
  }
}
