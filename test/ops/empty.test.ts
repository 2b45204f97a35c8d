import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import * as ops from '../../src/ops/table';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { useDevice } from './device';

const device = useDevice();
const empty = (...shape: number[]): Tensor => device.gpu.zeros(shape, { requiresGrad: true });
const one = (value: number): Tensor => device.gpu.tensor([value], [], { requiresGrad: true });
const none = (...shape: number[]): Tensor => device.integers([], shape);

/** What PyTorch 1.13 gives: the shape, and the elements if there are any. */
type Given = readonly [
  title: string,
  call: () => Tensor,
  shape: readonly number[],
  values?: readonly number[],
];

const NAN = Number.NaN;
const MINUS = Number.NEGATIVE_INFINITY;
const OF_NOTHING: Given[] = [
  ['sum over all', () => ops.sum(empty(0)), [], [0]],
  ['sum over the empty axis', () => ops.sum(empty(2, 0), 1), [2], [0, 0]],
  ['sum over the other axis', () => ops.sum(empty(2, 0), 0), [0]],
  ['mean', () => ops.mean(empty(2, 0), 1), [2], [NAN, NAN]],
  ['logSumExp', () => ops.logSumExp(empty(2, 0), 1), [2], [MINUS, MINUS]],
  ['prod', () => ops.prod(empty(0)), [], [1]],
  ['var', () => ops.var(empty(0)), [], [NAN]],
  ['std', () => ops.std(empty(2, 0), 1), [2], [NAN, NAN]],
  ['any', () => ops.any(empty(2, 0), 1), [2], [0, 0]],
  ['all', () => ops.all(empty(2, 0), 1), [2], [1, 1]],
  ['max along the other axis', () => ops.max(empty(0, 3), 1), [0]],
  ['min along the other axis', () => ops.min(empty(0, 3), 1), [0]],
  ['argmax along the other axis', () => ops.argmax(empty(0, 3), 1), [0]],
  ['cumsum', () => ops.cumsum(empty(2, 0), 0), [2, 0]],
  ['argsort', () => ops.argsort(empty(0)), [0]],
  ['sort', () => ops.sort(empty(0, 2), 0).values, [0, 2]],
  ['topk', () => ops.topk(empty(3, 0), 0).values, [3, 0]],
  ['reshape', () => ops.reshape(empty(0, 3), [-1, 3]), [0, 3]],
  ['flatten', () => ops.flatten(empty(2, 0, 3), 1), [2, 0]],
  ['permute', () => ops.permute(empty(2, 0), [1, 0]), [0, 2]],
  ['transpose', () => ops.transpose(empty(2, 0), 0, 1), [0, 2]],
  ['squeeze', () => ops.squeeze(empty(1, 0)), [0]],
  ['unsqueeze', () => ops.unsqueeze(empty(0), 0), [1, 0]],
  ['slice', () => ops.slice(empty(0, 2), 0, 0, 5), [0, 2]],
  ['slice of no elements', () => ops.slice(device.gpu.ones([3]), 0, 2, 2), [0]],
  ['concat', () => ops.concat([empty(0, 2), device.gpu.ones([1, 2])]), [1, 2], [1, 1]],
  [
    'concat of tensors of other ranks',
    () => ops.concat([empty(0), device.gpu.ones([1, 2])], 1),
    [1, 2],
    [1, 1],
  ],
  ['concat of nothing with nothing', () => ops.concat([empty(0), empty(0)]), [0]],
  ['stack', () => ops.stack([empty(0), empty(0)]), [2, 0]],
  ['split', () => ops.split(empty(0, 2), 3)[0], [0, 2]],
  ['chunk', () => ops.chunk(empty(0, 2), 3)[2], [0, 2]],
  ['expand', () => ops.expand(empty(1, 0), [3, 0]), [3, 0]],
  ['expand to nothing', () => ops.expand(device.gpu.ones([1, 2]), [0, -1]), [0, 2]],
  ['repeat', () => ops.repeat(device.gpu.ones([2]), [0]), [0]],
  ['flip', () => ops.flip(empty(0, 2), 0), [0, 2]],
  ['roll', () => ops.roll(empty(0, 2), 1, 1), [0, 2]],
  ['tril', () => ops.tril(empty(0, 3)), [0, 3]],
  ['triu', () => ops.triu(empty(2, 3, 0)), [2, 3, 0]],
  ['diag to a matrix', () => ops.diag(empty(0), 1), [1, 1], [0]],
  ['diag of a matrix', () => ops.diag(device.gpu.ones([2, 3]), 5), [0]],
  ['pad', () => ops.pad(empty(0), [1, 1], 2), [2], [2, 2]],
  ['pad that cuts all off', () => ops.pad(device.gpu.ones([2]), [-1, -1]), [0]],
  ['pad of an empty batch', () => ops.pad(empty(0, 3), [1, 1], { mode: 'reflect' }), [0, 5]],
  ['gather', () => ops.gather(device.gpu.ones([2, 3]), 1, none(2, 0)), [2, 0]],
  ['scatter', () => ops.scatter(device.gpu.ones([2]), 0, none(0), 5), [2], [1, 1]],
  ['scatterAdd', () => ops.scatterAdd(device.gpu.ones([2]), 0, none(0), empty(0)), [2], [1, 1]],
  ['indexAdd', () => ops.indexAdd(device.gpu.ones([2, 1]), 0, none(0), empty(0, 1)), [2, 1], [1, 1]],
  ['maskedFill', () => ops.maskedFill(empty(0, 2), none(0, 2), 1), [0, 2]],
  ['oneHot', () => ops.oneHot(none(0), 3), [0, 3]],
  ['embedding', () => ops.embedding(none(2, 0), device.gpu.ones([3, 4])), [2, 0, 4]],
  ['softmax', () => ops.softmax(empty(2, 0), 1), [2, 0]],
];

const OF_ONE: Given[] = [
  ['sum over axis 0', () => ops.sum(one(3), 0), [], [3]],
  ['sum, kept', () => ops.sum(one(3), undefined, true), [], [3]],
  ['mean', () => ops.mean(one(3), -1), [], [3]],
  ['max', () => ops.max(one(3), 0), [], [3]],
  ['min', () => ops.min(one(3)), [], [3]],
  ['prod', () => ops.prod(one(3), 0), [], [3]],
  ['var', () => ops.var(one(3)), [], [NAN]],
  ['std without a correction', () => ops.std(one(3), 0, { correction: 0 }), [], [0]],
  ['logSumExp', () => ops.logSumExp(one(3), 0), [], [3]],
  ['argmax', () => ops.argmax(one(3), 0), [], [0]],
  ['any', () => ops.any(one(3)), [], [1]],
  ['cumsum', () => ops.cumsum(one(3), 0), [], [3]],
  ['flatten', () => ops.flatten(one(3)), [1], [3]],
  ['reshape', () => ops.reshape(one(3), [1, -1]), [1, 1], [3]],
  ['permute', () => ops.permute(one(3), []), [], [3]],
  ['transpose', () => ops.transpose(one(3), 0, -1), [], [3]],
  ['squeeze', () => ops.squeeze(one(3), 0), [], [3]],
  ['unsqueeze', () => ops.unsqueeze(one(3), 0), [1], [3]],
  ['stack', () => ops.stack([one(3), one(4)]), [2], [3, 4]],
  ['expand', () => ops.expand(one(3), [2, 1]), [2, 1], [3, 3]],
  ['repeat', () => ops.repeat(one(3), [2]), [2], [3, 3]],
  ['flip', () => ops.flip(one(3), []), [], [3]],
  ['roll', () => ops.roll(one(3), 2), [], [3]],
  ['pad', () => ops.pad(one(3), []), [], [3]],
  ['gather', () => ops.gather(one(3), 0, device.integers([0], [])), [], [3]],
  ['scatter', () => ops.scatter(one(3), 0, device.integers([0], []), one(5)), [], [5]],
  ['scatterAdd', () => ops.scatterAdd(one(3), 0, device.integers([0], []), one(5)), [], [8]],
  ['indexAdd', () => ops.indexAdd(one(3), 0, device.integers([0]), one(5), 2), [], [13]],
  ['maskedFill', () => ops.maskedFill(one(3), device.integers([1], []), one(7)), [], [7]],
  ['oneHot', () => ops.oneHot(device.integers([1], []), 2), [2], [0, 1]],
  ['embedding', () => ops.embedding(device.integers([1], []), device.gpu.tensor([1, 2], [2, 1])), [1], [2]],
  ['softmax', () => ops.softmax(one(3), 0), [], [1]],
];

const expectGiven = async (call: () => Tensor, shape: readonly number[], values: readonly number[] = []) => {
  const result = call();
  expect(result.shape).toEqual(shape);
  expect([...(await result.data())]).toEqual(values);
  if (!result.requiresGrad) return;
  const inputs = leavesOf(call);
  const grads = grad(inputs.root, inputs.leaves, device.gpu.ones(inputs.root.shape));
  for (const [i, { shape }] of grads.entries()) expect(shape).toEqual(inputs.leaves[i].shape);
};

/** Calls once more, and watches which tensors with a gradient it is made of. */
function leavesOf(call: () => Tensor): { root: Tensor; leaves: Tensor[] } {
  const leaves: Tensor[] = [];
  const { gpu } = device;
  const make = gpu.make.bind(gpu);
  gpu.make = (shape, dtype, requiresGrad) => {
    const made = make(shape, dtype, requiresGrad);
    if (requiresGrad) leaves.push(made);
    return made;
  };
  try {
    return { root: call(), leaves };
  } finally {
    gpu.make = make;
  }
}

describe.each([
  ['no elements', OF_NOTHING],
  ['one number without axes', OF_ONE],
])('of %s PyTorch’s result, and a gradient of the shape, has', (_, calls) => {
  for (const [title, call, shape, values] of calls) test(title, () => expectGiven(call, shape, values));
});

test('an empty list of axes means all, as in PyTorch', async () => {
  const x = device.gpu.tensor([1, 2, 3, 4], [2, 2]);
  for (const [op, expected] of [
    [ops.sum, 10],
    [ops.mean, 2.5],
    [ops.max, 4],
    [ops.min, 1],
  ] as const)
    expect([...(await op(x, []).data())]).toEqual([expected]);
});

test.each<[string, () => unknown, string]>([
  ['max', () => ops.max(empty(0)), 'max: there is no largest of no elements, got f32[0] over axes [0]'],
  [
    'min',
    () => ops.min(empty(2, 0), 1),
    'min: there is no smallest of no elements, got f32[2,0] over axes [1]',
  ],
  ['argmax', () => ops.argmax(empty(2, 0), 1), 'argmax: axis 1 of [2,0] is empty'],
  ['concat', () => ops.concat([one(1), one(2)]), 'concat: parts[0] has no axis to join along; use stack'],
  ['slice', () => ops.slice(one(1), 0), 'slice: axis 0 is out of range for 0 dimensions'],
  ['split', () => ops.split(one(1), 1), 'split: axis 0 is out of range for 0 dimensions'],
])('%s of nothing, or of one number, is refused in words', (_, call, message) => {
  expect(call).toThrow(ShapeError);
  expect(call).toThrow(message);
});
