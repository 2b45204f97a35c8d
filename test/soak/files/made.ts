import fc from 'fast-check';
import { idxBytes } from '../../data/idx-bytes';

/** Files of a format, with anything in the places where it says how large things are. */
export type Form = fc.Arbitrary<Uint8Array>;

const sizes = fc.oneof(fc.nat(9), fc.nat(0xffff_ffff), fc.constantFrom(0, 2 ** 31, 0xffff_ffff));
const rest = fc.uint8Array({ maxLength: 60 });

export const idx: Form = fc
  .tuple(fc.array(sizes, { minLength: 1, maxLength: 5 }), rest, fc.oneof(fc.constant(8), fc.nat(255)))
  .map(([shape, elements, type]) => Uint8Array.from(idxBytes(shape, elements, type)));

const dtype = fc.oneof(
  fc.constantFrom('|u1', '<f4', '<f8', '<i8', '>f4', '|b1', '<f2', '|O', '|V9'),
  fc.string({ maxLength: 5 }),
);
const dims = fc.oneof(
  fc.array(sizes, { maxLength: 5 }).map((shape) => shape.join(', ')),
  fc.constantFrom('', ',', '9'.repeat(400), '1,'.repeat(500), '-1', '1e9'),
);

export const npyHeader: Form = fc
  .tuple(dtype, dims, fc.boolean(), fc.integer({ min: 0, max: 4 }), fc.option(fc.nat(70_000)), rest)
  .map(([type, shape, fortran, version, length, elements]) => {
    const text = `{'descr': '${type}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape}), }\n`;
    const prefix = Buffer.alloc(version === 1 ? 10 : 12);
    prefix.write('\x93NUMPY', 'latin1');
    prefix[6] = version;
    if (version === 1) prefix.writeUInt16LE((length ?? text.length) % 65_536, 8);
    else prefix.writeUInt32LE(length ?? text.length, 8);
    return Uint8Array.from(Buffer.concat([prefix, Buffer.from(text), elements]));
  });

const wide = fc.oneof(sizes, fc.maxSafeNat(), fc.double(), fc.constant(-1));
const entry = fc.record(
  {
    dtype: fc.oneof(
      fc.constantFrom('F32', 'I64', 'BF16', 'F64', 'U8', 'BOOL', 'F8', '__proto__', 'constructor'),
      fc.jsonValue({ maxDepth: 1 }),
    ),
    shape: fc.oneof(fc.array(wide, { maxLength: 4 }), fc.jsonValue({ maxDepth: 1 })),
    data_offsets: fc.oneof(fc.tuple(wide, wide), fc.jsonValue({ maxDepth: 1 })),
  },
  { requiredKeys: [] },
);
const names = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('__metadata__', '__proto__', 'toString'));

export const safetensors: Form = fc
  .tuple(fc.oneof(fc.dictionary(names, entry, { maxKeys: 4 }), fc.jsonValue()), fc.option(wide), rest)
  .map(([header, length, data]) => {
    const text = Buffer.from(JSON.stringify(header));
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(
      BigInt(Math.trunc(Math.abs(Number.isFinite(length) ? Number(length) : text.length))) % 2n ** 64n,
    );
    return Uint8Array.from(Buffer.concat([prefix, text, data]));
  });
