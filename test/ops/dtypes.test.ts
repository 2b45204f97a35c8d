import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openGpu } from '../../src/node';
import type { Op } from '../../src/ops/define';
import { defineOp } from '../../src/ops/define';
import { fillSpecs, randn, sample, type TensorSpec } from '../../src/ops/sample';
import * as ops from '../../src/ops/table';
import { type DType, DTypeError } from '../../src/tensor/dtype';
import type { Gpu } from '../../src/tensor/gpu';
import { ArgumentError } from '../../src/tensor/guard';
import { DeviceError } from '../../src/tensor/guard-tensor';
import { Random } from '../../src/tensor/random';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { table } from './table';

let gpu: Gpu;
let other: Gpu;
beforeAll(async () => {
  [gpu, other] = [await openGpu(), await openGpu()];
});
afterAll(() => {
  gpu.dispose();
  other.dispose();
});

const DTYPES: readonly DType[] = ['f32', 'f16', 'i32', 'u32', 'u8'];
const ARRAYS = { f32: Float32Array, f16: Float32Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array };
const TAKE_NUMBERS = 'add sub mul div pow maximum minimum eq ne lt le gt ge logicalAnd logicalOr'.split(' ');
/** Samples of each op on which what is not refused is computed. */
const COMPUTED = 1;

const specsOf = (args: unknown): TensorSpec[] => {
  const specs: TensorSpec[] = [];
  fillSpecs(args, (spec) => specs.push(spec));
  return specs;
};

/** Numbers that every element type holds. */
const numbersOf = (spec: TensorSpec, place: number): number[] =>
  spec.values(new Random(3, place)).map((value) => Math.abs(Math.round(value)));

/** Calls an op on whole numbers; `typeOf` says of what type each tensor is. */
function call(
  op: Op<never>,
  args: unknown,
  typeOf: (place: number, spec: TensorSpec) => DType,
  on = () => gpu,
) {
  const tensors: Tensor[] = [];
  const filled = fillSpecs(args, (spec) => {
    const place = tensors.length;
    const dtype = typeOf(place, spec);
    const data = ARRAYS[dtype].from(numbersOf(spec, place));
    const requiresGrad = spec.requiresGrad && dtype === 'f32';
    tensors.push(on().tensor(data as Float32Array<ArrayBuffer>, spec.shape, { dtype, requiresGrad }));
    return tensors[place];
  });
  return { result: op(...(filled as never)) as Tensor, tensors };
}

describe.each(table)('%s', (_, op) => {
  const samples = op.record.samples();

  test('refuses a wrong element type in every place at the call, or computes what it would of the right one', async () => {
    for (const [number, { args, title }] of samples.entries()) {
      for (const [place, spec] of specsOf(args).entries()) {
        for (const dtype of DTYPES.filter((one) => one !== spec.dtype)) {
          const what = `${title}, input ${place} of ${dtype}`;
          let made: ReturnType<typeof call> | undefined;
          try {
            made = call(op, args, (at, { dtype: own }) => (at === place ? dtype : own));
          } catch (error) {
            // Where types have to be equal the other one may be named, and a number that an integer type lacks itself.
            if (error instanceof ArgumentError) expect(error.expected, what).toContain(dtype);
            else expect(error, what).toBeInstanceOf(DTypeError);
            expect((error as Error).message, what).toMatch(new RegExp(`^${op.record.name}: .*${dtype}`));
            continue;
          }
          if (number >= COMPUTED) continue;
          const got = made.result;
          const moved = got.dtype === dtype; // as what only moves elements does
          const expected = call(op, args, (_at, { dtype: own }) => own).result;
          expect([...(await got.data())], what).toEqual([...(await expected.data())]);
          if (!moved) expect(got.dtype, what).toBe(expected.dtype);
        }
      }
    }
  });

  test('refuses tensors of two GPUs at the call', () => {
    for (const { args, title } of samples) {
      const count = specsOf(args).length;
      for (let place = 1; place < count; place++) {
        let made = 0;
        const onBoth = () => (made++ === place ? other : gpu);
        expect(() => call(op, args, (_at, spec) => spec.dtype, onBoth), title).toThrow(DeviceError);
      }
    }
  });

  test.each([5, 'text', null, undefined, [], {}, new Float32Array(2)].map((value) => [value]))(
    'refuses %o in place of its first tensor in words',
    (value) => {
      let place = 0;
      const filled = fillSpecs(samples[0].args, (spec) =>
        place++ === 0 ? value : gpu.tensor(ARRAYS[spec.dtype].from(numbersOf(spec, 0)), spec.shape),
      ) as unknown[];
      const takesNumbers = TAKE_NUMBERS.includes(op.record.name);
      if (typeof value === 'number' && takesNumbers) return;
      let error: unknown;
      try {
        op(...(filled as never));
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toBeInstanceOf(ArgumentError);
      expect((error as ArgumentError).message).toMatch(new RegExp(`^${op.record.name}: .* is .*, expected `));
      expect((error as ArgumentError).message).not.toContain('undefined');
    },
  );
});

test('a refused call leaves innocent work as it was', async () => {
  const c = ops.matmul(gpu.ones([2, 2]), gpu.ones([2, 2]));
  await expect(async () => ops.add(gpu.tensor(Int32Array.of(1, 2), [2]), 1).data()).rejects.toThrow(
    DTypeError,
  );
  expect([...(await c.data())]).toEqual([2, 2, 2, 2]);
});

test('a DTypeError tells the op, the argument, what was given and what is expected, and is a ShapeError too', () => {
  const labels = gpu.tensor([0, 1], [2]);
  let error: unknown;
  try {
    ops.crossEntropy(gpu.zeros([2, 3]), labels);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ShapeError);
  expect(error).toMatchObject({
    code: 'DTYPE',
    op: 'crossEntropy',
    argument: 'labels',
    given: 'f32',
    expected: ['i32'],
  });
});

test('concat refuses to mix element types, joins whole numbers, and widens f16', async () => {
  const [floats, whole] = [gpu.tensor([1, 2], [2]), gpu.tensor(Int32Array.of(3, 4), [2])];
  expect(() => ops.concat([floats, whole])).toThrow(
    "concat: parts[1] must be f32 like parts[0], got i32[2]; convert it: ops.cast(parts[1], 'f32')",
  );
  expect([...(await ops.concat([whole, whole]).data())]).toEqual([3, 4, 3, 4]);
  if (!gpu.runtime.device.features.has('shader-f16')) return;
  const half = ops.cast(floats, 'f16');
  const joined = ops.concat([half, floats, half]);
  expect(joined.dtype).toBe('f32');
  expect([...(await joined.data())]).toEqual([1, 2, 1, 2, 1, 2]);
});

test('an op that does not say what it takes reads f32 and f16 of one GPU, and nothing else', async () => {
  const twice = defineOp({
    name: 'twice',
    parse: (x: Tensor) => ({ inputs: [x] as const, attrs: {} }),
    shape: ({ inputs: [x] }) => x.shape,
    forward: (k, { inputs: [x] }) => k.elementwise('x + x', { x }),
    samples: () => [sample<[Tensor]>('a vector', randn([3]))],
  });
  expect([...(await twice(gpu.ones([2])).data())]).toEqual([2, 2]);
  expect(() => twice(gpu.tensor(Int32Array.of(1), [1]))).toThrow(
    'twice: input 0 must be f32 or f16, got i32[1]',
  );
  expect(() => twice(null as unknown as Tensor)).toThrow(
    'twice: input 0 is null, expected a tensor of f32 or f16',
  );
});
