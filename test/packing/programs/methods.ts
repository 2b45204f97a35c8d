// What tensors can do where `taskgrad/methods` is imported. Prints one line.
import 'taskgrad/methods';
import { backward, openGpu, ops, type Tensor } from 'taskgrad';

const gpu = await openGpu();
const x = gpu.tensor([
  [3, 1],
  [2, -4],
]);
const sums: Tensor = x.add(1).relu().sum([1], true);
const { values, indices } = x.topk(1);
const [left, right]: readonly Tensor[] = x.split(1, 1);
const image = gpu.arange(4).reshape([1, 1, 2, 2]);
const [largest, place]: [Tensor, Tensor] = image.maxPool2d(2, { returnIndices: true });
const bordered: Tensor = image.maxPool2d(2, { padding: 1 }).pad([1, 0], { value: 7 });
const kept: Tensor = x.where(x.gt(0), ops.neg(x).mul(2));
const weight = gpu.ones([1, 1, 2, 2], { requiresGrad: true });
backward(image.conv2d(weight, { padding: 'same' }).square().mean());

const all = [sums, values, indices, left.sub(right), largest, place, kept, bordered, weight.grad];
const found = await Promise.all(all.map(async (one) => [...((await one?.data()) ?? [])]));
console.log(JSON.stringify(found));
gpu.dispose();

export function refused(): void {
  // @ts-expect-error no operand
  x.add('1');
  // @ts-expect-error an option that there is not
  x.softplus({ betta: 1 });
  // @ts-expect-error one tensor where there are two
  image.maxPool2d(2, { returnIndices: true }).relu();
  // @ts-expect-error a function only
  x.concat([x]);
}
