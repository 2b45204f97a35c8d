import { expect, test } from 'vitest';
import { batches } from '../../src/data/batches';
import { DeviceSamples } from '../../src/data/device-samples';
import { fromArrays } from '../../src/data/from-arrays';
import { whole } from '../../src/data/split';
import { diagonal } from '../../src/fisher/diagonal';
import { distanceMatrix } from '../../src/fisher/matrix';
import { Linear } from '../../src/nn/layers';
import { resolveTask } from '../../src/tasks/spec';
import { taskSplit } from '../../src/tasks/task';
import { useGpu } from '../use-gpu';

const held = useGpu();

test('the Fisher diagonal of own samples is that computed by hand', async () => {
  const { gpu } = held;
  // Logits 0, so that p = 1/2: sample n's gradient is ± x/2 for the weights and ± 1/2 for the biases.
  const net = new Linear(gpu, 2, 2);
  for (const tensor of net.parameters().values()) tensor.write(new Float32Array(tensor.size));
  const set = fromArrays({ inputs: Float32Array.of(1, 2, 3, 4, 100, 100), labels: [0, 1, -100], shape: [2] });
  using samples = new DeviceSamples(gpu, set);
  const F = await diagonal(net, batches(samples, whole(set), { batchSize: 2 }));
  const values = async (name: string) => [...((await F.get(name)?.data()) ?? [])];
  // (1/2) (1² + 3²) / 4 and (1/2) (2² + 4²) / 4, in both rows.
  expect(await values('weight')).toEqual([1.25, 2.5, 1.25, 2.5].map((value) => expect.closeTo(value, 5)));
  expect(await values('bias')).toEqual([0.25, 0.25].map((value) => expect.closeTo(value, 6)));
});

test('distances are taken between tasks of own samples, and refused for targets', async () => {
  const { gpu } = held;
  const inputs = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i * i));
  const set = fromArrays({ inputs, labels: Array.from({ length: 12 }, (_, i) => i % 3), shape: [2] });
  using samples = new DeviceSamples(gpu, set);
  const tasks = [0, 1].map((label) =>
    resolveTask(
      { id: `mine:${label}`, name: `${label}`, dataset: 'mine', kind: 'binary', positives: [label] },
      set,
    ),
  );
  const networkOf = async (_: object, seed: number) => {
    gpu.manualSeed(seed);
    return new Linear(gpu, 2, 2);
  };
  const { frechet, nulls } = await distanceMatrix({
    tasks,
    seeds: [0, 1],
    networkOf,
    dataOf: (task) => ({
      classes: 2,
      batches: () => batches(samples, taskSplit(task, set.labels, 0), { batchSize: 3 }),
    }),
  });
  expect(frechet.mean[0][0]).toBe(0);
  expect(frechet.mean[0][1]).toBeGreaterThan(0);
  expect(nulls.frechet[1]?.mean).toBeGreaterThan(0);

  const line = fromArrays({ inputs, targets: new Float32Array(12), shape: [2] });
  const given = () => batches(samples, whole(line), { batchSize: 3 }) as never;
  await expect(diagonal(await networkOf({}, 0), given())).rejects.toThrow(
    'diagonal: batch 0 is one with targets, expected one with labels: the Fisher information is that of cross-entropy',
  );
});
