import { expect, test } from 'vitest';
import { backward, nn, ops, optim } from '../../src/node';
import { useGpu } from '../use-gpu';

const held = useGpu();

test('the example of the README trains: the loss on one batch of random data falls', async () => {
  const { gpu } = held;
  gpu.manualSeed(0);
  const net = new nn.Sequential(
    new nn.Conv2d(gpu, 1, 8, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(gpu, 1568, 10),
  );
  const adam = new optim.Adam(net.parameters(), { lr: 1e-2 });
  const x = gpu.randn([16, 1, 28, 28]);
  const labels = gpu.tensor(
    Int32Array.from({ length: 16 }, (_, i) => i % 10),
    [16],
  );
  const losses: number[] = [];
  for (let step = 0; step < 12; step++) {
    const loss = gpu.scope(() => {
      const loss = ops.crossEntropy(net.forward(x), labels);
      backward(loss);
      adam.step();
      adam.zeroGrad();
      return loss;
    });
    losses.push(await loss.item());
    loss.dispose();
  }
  expect(losses[0]).toBeGreaterThan(2);
  expect(losses[11]).toBeLessThan(losses[0] / 4);
});
