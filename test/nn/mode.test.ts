import { beforeAll, describe, expect, test } from 'vitest';
import { diagonal } from '../../src/fisher/diagonal';
import { gramLogDet } from '../../src/fisher/gram';
import { kfacLogDet } from '../../src/fisher/kfac';
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, Sequential } from '../../src/nn/layers';
import type { Gpu } from '../../src/tensor/gpu';
import { useGpu } from '../use-gpu';

const held = useGpu();
let gpu: Gpu;
beforeAll(() => {
  ({ gpu } = held);
});

/** A network in training whose batch norm is frozen. */
function mixed() {
  const frozen = new BatchNorm2d(gpu, 2);
  const net = new Sequential(
    new Conv2d(gpu, 1, 2, 3),
    frozen,
    new Flatten(),
    new Dropout(),
    new Linear(gpu, 8, 2),
  );
  frozen.eval();
  return { net, frozen };
}
const batch = () => ({
  inputs: gpu.randn([3, 1, 4, 4], { seed: 1 }),
  labels: gpu.tensor(Int32Array.of(0, 1, 0), [3]),
});
const modesOf = (net: Sequential) => [...net.modules()].map(({ training }) => training);

describe.each([
  ['diagonal', (net: Sequential, batches: ReturnType<typeof batch>[]) => diagonal(net, batches)],
  ['gramLogDet', (net, batches) => gramLogDet(net, batches, { damping: 1 })],
  ['kfacLogDet', (net, batches) => kfacLogDet(net, batches, { damping: 1 })],
] satisfies [string, (net: Sequential, batches: ReturnType<typeof batch>[]) => Promise<unknown>][])(
  '%s',
  (_, measure) => {
    test('leaves every module in its own mode, and a frozen batch norm frozen', async () => {
      const { net, frozen } = mixed();
      const before = modesOf(net);
      await measure(net, [batch()]);
      expect(modesOf(net)).toEqual(before);
      const still = await frozen.running_mean.data();
      net.forward(batch().inputs);
      expect(await frozen.running_mean.data()).toEqual(still);
    });

    test('does so after an error, too', async () => {
      const { net } = mixed();
      const before = modesOf(net);
      await expect(measure(net, [])).rejects.toThrow('there are no samples');
      expect(modesOf(net)).toEqual(before);
    });
  },
);
