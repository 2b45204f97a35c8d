import { expect, test } from 'vitest';
import { defaultWeights } from '../../src/models/initialise';
import { NN2 } from '../../src/models/seed';
import { TenOutputs } from '../../src/models/ten-outputs';
import { vgg11 } from '../../src/models/vgg';
import { useGpu } from '../use-gpu';

const held = useGpu();

test('ten outputs and a linear layer give Σ_o w_co · net(x)_o + b_c, and only that layer is the head', async () => {
  const { gpu } = held;
  gpu.manualSeed(1);
  const net = new TenOutputs(gpu, 3, (classes) => NN2(gpu, { classes, size: 2, width: 0.05 }));
  const x = gpu.randn([2, 1, 2, 2], { seed: 3 });
  const [logits, outputs, weight, bias] = await Promise.all(
    [net.forward(x), net.net.forward(x), net.classifier.weight, net.head.bias].map(async (tensor) => [
      ...((await tensor?.data()) ?? []),
    ]),
  );
  expect(outputs).toHaveLength(20);
  const expected = [0, 1].flatMap((n) =>
    [0, 1, 2].map((c) =>
      Array.from({ length: 10 }, (_, o) => weight[10 * c + o] * outputs[10 * n + o]).reduce(
        (sum, term) => sum + term,
        bias[c],
      ),
    ),
  );
  for (const [i, logit] of logits.entries()) expect(logit).toBeCloseTo(expected[i], 5);
  expect([...net.parameters().keys()].slice(-2)).toEqual(['classifier.weight', 'classifier.bias']);
});

test('PyTorch’s defaults lie within ±1 / √fanIn, nearly up to it, biases, too', async () => {
  const { gpu } = held;
  gpu.manualSeed(1);
  const net = vgg11(gpu, { classes: 10, width: 0.1 });
  const shares = async () => {
    const found: number[] = [];
    for (const [name, weight] of net.parameters()) {
      if (!name.endsWith('weight') || weight.shape.length < 2) continue;
      const bias = net.parameters().get(name.replace('weight', 'bias'));
      const fanIn = weight.size / weight.shape[0];
      for (const tensor of [weight, bias]) {
        const values = [...((await tensor?.data()) ?? [])];
        found.push(values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) * Math.sqrt(fanIn));
      }
    }
    return found;
  };
  expect(Math.max(...(await shares()))).toBeGreaterThan(1.5);
  defaultWeights(net);
  const after = await shares();
  expect(after).toHaveLength(2 * 9);
  for (const share of after) {
    expect(share).toBeLessThanOrEqual(1 + 1e-6);
    expect(share).toBeGreaterThan(0.5);
  }
});
