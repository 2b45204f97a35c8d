import { expect, test } from 'vitest';
import { ArgumentError } from '../../src/tensor/guard';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { useGpu } from '../use-gpu';

const held = useGpu();
const factsOf = async (x: Tensor) => ({ shape: [...x.shape], dtype: x.dtype, values: [...(await x.data())] });

test.each([
  ['a list', [1, 2, 3], [3], [1, 2, 3]],
  [
    'rows',
    [
      [1, 2],
      [3, 4],
    ],
    [2, 2],
    [1, 2, 3, 4],
  ],
  [
    'three axes',
    [
      [[1], [2]],
      [[3], [4]],
      [[5], [6]],
    ],
    [3, 2, 1],
    [1, 2, 3, 4, 5, 6],
  ],
  ['one number in brackets', [[[7]]], [1, 1, 1], [7]],
  ['nothing', [], [0], []],
  ['rows of nothing', [[], []], [2, 0], []],
])('the shape of %s is inferred, as torch.tensor does', async (_, data, shape, values) => {
  expect(await factsOf(held.gpu.tensor(data as unknown as number[]))).toEqual({
    shape,
    dtype: 'f32',
    values,
  });
});

test('options may come in the place of the shape, and a shape may be given to rows', async () => {
  const { gpu } = held;
  const rows = [
    [1, 2],
    [3, 4],
  ];
  const values = [1, 2, 3, 4];
  expect(await factsOf(gpu.tensor(rows, { dtype: 'int32' }))).toEqual({
    shape: [2, 2],
    dtype: 'i32',
    values,
  });
  expect(await factsOf(gpu.tensor(rows, [4, 1]))).toEqual({ shape: [4, 1], dtype: 'f32', values });
  expect(gpu.tensor([1, 2], { requiresGrad: true }).requiresGrad).toBe(true);
  expect(await factsOf(gpu.tensor(Int32Array.of(1, 2)))).toEqual({
    shape: [2],
    dtype: 'i32',
    values: [1, 2],
  });
});

test('rows are written in place, too', async () => {
  const x = held.gpu.zeros([2, 2]);
  x.write([
    [1, 2],
    [3, 4],
  ]);
  expect([...(await x.data())]).toEqual([1, 2, 3, 4]);
});

test.each([
  [[[1, 2], [3]], 'tensor: data[1] has 1 elements, expected 2 as of data[0]'],
  [[[1, 2], 3], 'tensor: data[1] has 3, expected 2 as of data[0]'],
  [[1, [2]], 'tensor: data[1] is an array beside numbers'],
  [
    [
      [[1], [2]],
      [[3], [4, 5]],
    ],
    'tensor: data[1][1] has 2 elements, expected 1',
  ],
])('ragged lists are refused: %j', (data, message) => {
  const making = () => held.gpu.tensor(data as unknown as number[]);
  expect(making).toThrow(ShapeError);
  expect(making).toThrow(message);
});

test.each([
  [[1, 'x'], [2], "tensor: data[1] is 'x', expected a number"],
  [[1, undefined], [2], 'tensor: data[1] is missing, expected a number'],
  [[[1, null]], [2], 'tensor: data[0][1] is null, expected a number'],
  [5, [1], 'tensor: data is 5, expected numbers'],
  [
    BigInt64Array.of(1n),
    [1],
    'tensor: data is a BigInt64Array of 1, expected a typed array of numbers; write Int32Array.from',
  ],
])('what is no number is refused: %s', (data, shape, message) => {
  const making = () => held.gpu.tensor(data as unknown as number[], shape);
  expect(making).toThrow(ArgumentError);
  expect(making).toThrow(message);
});

test.each([
  ['float32', 'f32'],
  ['float', 'f32'],
  ['int32', 'i32'],
  ['int', 'i32'],
  ['uint32', 'u32'],
  ['uint8', 'u8'],
  ['f32', 'f32'],
] as const)('%s is a name of %s', (name, dtype) => {
  expect(held.gpu.tensor([1, 2], [2], { dtype: name }).dtype).toBe(dtype);
  expect(held.gpu.empty([2], { dtype: name }).dtype).toBe(dtype);
});

test('an unknown element type lists what there is', () => {
  const wanted = "tensor: dtype is 'float64', expected 'f32', 'f16', 'i32', 'u32' or 'u8'";
  expect(() => held.gpu.tensor([1], [1], { dtype: 'float64' as 'f32' })).toThrow(wanted);
  expect(() => held.gpu.zeros([1], { dtype: 'float64' as 'f32' })).toThrow(wanted);
});
