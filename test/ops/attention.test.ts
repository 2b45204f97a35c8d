import { describe, expect, test } from 'vitest';
import { backward, grad } from '../../src/autograd/backward';
import {
  add,
  cast,
  embedding,
  layerNorm,
  mul,
  oneHot,
  rmsNorm,
  scaledDotProductAttention,
  sum,
} from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import { ShapeError } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { onOwnGpu } from '../fisher/nets';
import { attention } from '../reference/attention';
import { expectClose } from '../reference/close';
import { type Ref, ref } from '../reference/ref';
import { settledMemory } from '../settled-memory';
import { download, useDevice } from './device';

const device = useDevice();
const CLOSE = { relative: 2e-5, absolute: 2e-5 };

const refOf = async (x: Tensor): Promise<Ref> => ref(x.shape, await x.data());

describe.each([
  [0, 'tiles or blocks'],
  [1, 'the other way'],
])('attention by its way number %i, %s,', (turn) => {
  const tried = async (work: () => Promise<void>) => {
    expect(await device.gpu.variants.attempt(turn, work)).toBeGreaterThanOrEqual(2);
  };

  const cases: [string, number[][], { isCausal?: boolean; mask?: (gpu: Gpu) => Tensor; flags?: boolean }][] =
    [
      [
        'of all keys',
        [
          [70, 8],
          [131, 8],
          [131, 12],
        ],
        {},
      ],
      [
        'causal, of several batches',
        [
          [2, 70, 20],
          [2, 67, 20],
          [2, 67, 3],
        ],
        { isCausal: true },
      ],
      [
        'with flags for each query',
        [
          [3, 9, 20],
          [3, 5, 20],
          [3, 5, 4],
        ],
        {
          flags: true,
          mask: (gpu) =>
            gpu.tensor(
              Int32Array.from({ length: 45 }, (_, i) => Number(i > 6 && i % 3 > 0)),
              [9, 5],
            ),
        },
      ],
      [
        'with flags for each batch',
        [
          [2, 3, 20],
          [2, 5, 20],
          [1, 5, 4],
        ],
        { flags: true, mask: (gpu) => gpu.tensor(Int32Array.of(0, 1, 1, 0, 1, 1, 0, 0, 0, 1), [2, 1, 5]) },
      ],
      [
        'with what is added, of more scores than a block has',
        [
          [2, 300, 2],
          [2, 260, 2],
          [2, 260, 1],
        ],
        { isCausal: true, mask: (gpu) => gpu.randn([2, 300, 1], { seed: 4 }) },
      ],
    ];
  test.each(cases)('is as in f64 %s, and its gradients', (_, shapes, { mask: make, isCausal, flags }) =>
    tried(async () => {
      const { gpu } = device;
      const leaves = shapes.map((shape, seed) => gpu.randn(shape, { seed, requiresGrad: true }));
      const mask = make?.(gpu);
      const [q, k, v] = leaves;
      const y = scaledDotProductAttention(q, k, v, { isCausal, mask });
      const refs = await Promise.all(leaves.map(refOf));
      const options = { isCausal, flags, mask: mask && (await refOf(mask)) };
      const f = ([a, b, c]: Ref[]) => attention(a, b, c, options);
      expectClose(await download(y), f(refs), CLOSE);
      const start = gpu.randn(y.shape, { seed: 9 });
      const cotangent = await refOf(start);
      const found = await Promise.all(grad(y, leaves, start).map(refOf));
      // Finite differences of all elements would take minutes: a step along the gradient is one.
      for (const [which, along] of found.entries()) {
        const moved = (step: number) =>
          f(
            refs.with(
              which,
              ref(
                along.shape,
                refs[which].data.map((value, at) => value + step * along.data[at]),
              ),
            ),
          );
        const square = along.data.reduce((total, value) => total + value ** 2, 0);
        const step = 1e-4 / Math.sqrt(square);
        const [above, below] = [moved(step), moved(-step)];
        const slope = cotangent.data.reduce(
          (total, value, i) => total + (value * (above.data[i] - below.data[i])) / (2 * step),
          0,
        );
        expect(Math.abs(slope / square - 1)).toBeLessThan(1e-3);
      }
    }),
  );
});

test.each([
  ['tiles', 4, 1 / 4],
  ['blocks', 16, 3 / 4],
] as const)(
  'attention by %s holds nothing as large as the scores, forward or backward',
  (_, features, share) =>
    onOwnGpu(async (gpu) => {
      const length = 1024;
      const [q, k, v] = [1, 2, 3].map((seed) => gpu.randn([length, features], { seed, requiresGrad: true }));
      const { bytesInUse: before } = await settledMemory(gpu);
      gpu.scope(() => backward(sum(scaledDotProductAttention(q, k, v))));
      await q.grad?.data();
      expect(gpu.memory().peakBytes - before).toBeLessThan(share * 4 * length * length);
    }),
);

describe('masks', () => {
  const inputs = (queries: number, keys: number, features = 4) => [
    device.gpu.randn([2, queries, features], { seed: 1, requiresGrad: true }),
    device.gpu.randn([2, keys, features], { seed: 2, requiresGrad: true }),
    device.gpu.randn([2, keys, 3], { seed: 3, requiresGrad: true }),
  ];

  test('of flags and of -infinity hide the same keys; a query that sees none gives 0, and gradients of 0', async () => {
    const { gpu } = device;
    const flags = [1, 0, 1, 0, 0, 0, 1, 1, 1];
    const hidden = flags.map((flag) => (flag ? 0 : Number.NEGATIVE_INFINITY));
    const all: number[][] = [];
    for (const mask of [gpu.tensor(Int32Array.from(flags), [3, 3]), gpu.tensor(hidden, [3, 3])]) {
      const leaves = inputs(3, 3);
      const [q, k, v] = leaves;
      const y = scaledDotProductAttention(q, k, v, { mask });
      const grads = grad(y, leaves, gpu.ones(y.shape));
      const values = await Promise.all([y, ...grads].map((x) => x.data()));
      all.push(values.flatMap((list) => [...list]));
      expect([...values[0].slice(3, 6)]).toEqual([0, 0, 0]);
      expect([...values[1].slice(4, 8)]).toEqual([0, 0, 0, 0]);
      expect(values.every((list) => list.every(Number.isFinite))).toBe(true);
    }
    expect(all[0]).toEqual(all[1]);
  });

  test('and isCausal together hide what either hides', async () => {
    const { gpu } = device;
    const [q, k, v] = inputs(3, 3);
    const mask = gpu.tensor(Int32Array.of(1, 0, 1), [3]);
    const both = gpu.tensor(Int32Array.of(1, 0, 0, 1, 0, 0, 1, 0, 1), [3, 3]);
    const found = await scaledDotProductAttention(q, k, v, { mask, isCausal: true }).data();
    expect([...found]).toEqual([...(await scaledDotProductAttention(q, k, v, { mask: both }).data())]);
  });

  test.for([4, 20])('of f16 and inputs of f16 and %i features are read', async (features, { skip }) => {
    const { gpu } = device;
    skip(!gpu.runtime.device.features.has('shader-f16'), 'the adapter lacks shader-f16');
    const half = inputs(3, 5, features).map((x) => cast(x, 'f16'));
    const mask = cast(gpu.randn([3, 5], { seed: 4 }), 'f16');
    const refs = await Promise.all(half.map(refOf));
    const expected = attention(refs[0], refs[1], refs[2], { mask: await refOf(mask) });
    const [q, k, v] = half;
    expectClose(await download(scaledDotProductAttention(q, k, v, { mask })), expected, CLOSE);
  });
});

describe('dropout of weights', () => {
  const [queries, keys] = [40, 50];
  /** With one key for each value, the result is the weights themselves. */
  const weights = (q: Tensor, v: Tensor, options: { dropoutP: number; seed: number; offset?: number }) =>
    scaledDotProductAttention(q, device.gpu.zeros([keys, 4]), v, options);

  test('keeps a weight with its probability, and the seed decides', async () => {
    const { gpu } = device;
    const [q, v] = [gpu.ones([queries, 4]), gpu.eye(keys)];
    const found = await weights(q, v, { dropoutP: 0.25, seed: 3 }).data();
    const kept = [...found].filter((value) => value !== 0);
    for (const value of kept) expect(value).toBeCloseTo(1 / keys / 0.75, 6);
    expect(kept.length / found.length).toBeCloseTo(0.75, 1);
    expect(await weights(q, v, { dropoutP: 0.25, seed: 3 }).data()).toEqual(found);
    expect(await weights(q, v, { dropoutP: 0.25, seed: 4 }).data()).not.toEqual(found);
    expect(await weights(q, v, { dropoutP: 0.25, seed: 3, offset: 1 }).data()).not.toEqual(found);
  });

  test('has the gradients of what was kept, by finite differences of the same draws', async () => {
    const { gpu } = device;
    const options = { dropoutP: 0.4, seed: 5 };
    const leaves = [
      gpu.randn([2, 5, 4], { seed: 1, requiresGrad: true }),
      gpu.randn([2, 6, 4], { seed: 2, requiresGrad: true }),
      gpu.randn([2, 6, 3], { seed: 3, requiresGrad: true }),
    ];
    const mask = gpu.randn([5, 6], { seed: 6, requiresGrad: true });
    const all = [...leaves, mask];
    const call = ([q, k, v, m]: readonly Tensor[]) =>
      sum(scaledDotProductAttention(q, k, v, { ...options, mask: m }));
    const found = grad(call(all), all);
    for (const [i, leaf] of all.entries()) {
      const slope = [...(await found[i].data())];
      const values = [...(await leaf.data())];
      const at = async (step: number) => {
        const moved = gpu.tensor(
          values.map((value, j) => value + step * slope[j]),
          leaf.shape,
        );
        return call(all.with(i, moved)).item();
      };
      const square = slope.reduce((total, value) => total + value ** 2, 0);
      const step = 0.02 / Math.sqrt(square);
      expect(((await at(step)) - (await at(-step))) / (2 * step * square)).toBeCloseTo(1, 2);
    }
  });
});

test.each([4, 20])(
  'a captured step with attention of %i features, norms and lookups is replayed as it was',
  async (features) => {
    const { gpu } = device;
    const weight = gpu.randn([3, features], { seed: 1, requiresGrad: true });
    const scale = gpu.ones([features], { requiresGrad: true });
    const tokens = device.integers([0, 2, 1, 1, 0, 2], [2, 3]);
    const mask = gpu.randn([3, 3], { seed: 2 });
    const step = () => {
      const x = layerNorm(embedding(tokens, weight), features, { weight: scale });
      const y = scaledDotProductAttention(x, x, x, { isCausal: true, mask });
      const hot = sum(mul(oneHot(tokens, 3), 2));
      return add(sum(mul(rmsNorm(y, features), y)), hot);
    };
    const train = () => {
      const loss = step();
      const [dw, ds] = grad(loss, [weight, scale]);
      return { loss, dw, ds };
    };
    const plain = gpu.scope(train);
    using captured = gpu.capture(train);
    for (let i = 0; i < 2; i++) captured.replay();
    const found = captured.replay();
    expect(captured.isCaptured).toBe(true);
    for (const name of ['loss', 'dw', 'ds'] as const)
      expect(await found[name].data()).toEqual(await plain[name].data());
  },
);

describe('attention', () => {
  test('of nothing gives nothing, and over no keys 0', async () => {
    const { gpu } = device;
    const empty = scaledDotProductAttention(gpu.zeros([0, 2, 4]), gpu.zeros([0, 3, 4]), gpu.zeros([0, 3, 4]));
    expect(empty.shape).toEqual([0, 2, 4]);
    const q = gpu.ones([2, 4], { requiresGrad: true });
    const y = scaledDotProductAttention(q, gpu.zeros([0, 4]), gpu.zeros([0, 3]));
    expect([...(await y.data())]).toEqual([0, 0, 0, 0, 0, 0]);
    backward(sum(y));
    expect([...((await q.grad?.data()) ?? [])]).toEqual(new Array(8).fill(0));
    const none = scaledDotProductAttention(gpu.ones([2, 4]), gpu.ones([3, 4]), gpu.ones([3, 0]));
    expect(none.shape).toEqual([2, 0]);
  });

  test('keeps its digits where scores are large, and gives NaN where they are', async () => {
    const { gpu } = device;
    const q = gpu.tensor([100, 0, -100, Number.NaN], [4, 1]);
    const k = gpu.tensor([9, 10], [2, 1]);
    const y = await scaledDotProductAttention(q, k, gpu.tensor([1, 2], [2, 1]), { scale: 1 }).data();
    expect([...y]).toEqual([2, 1.5, 1, Number.NaN]);
  });

  test('refuses what does not fit, in words', () => {
    const { gpu } = device;
    const x = gpu.zeros([2, 3, 4]);
    const call =
      (q: Tensor, k: Tensor, v: Tensor, options = {}) =>
      () =>
        scaledDotProductAttention(q, k, v, options);
    const cases: [() => Tensor, string][] = [
      [call(x, gpu.zeros([2, 3, 5]), x), 'q and k need the same number of features'],
      [call(x, x, gpu.zeros([2, 2, 4])), 'k and v need the same length'],
      [call(x, gpu.zeros([3, 3, 4]), x), 'shapes [2] and [3] and [2] do not broadcast'],
      [call(gpu.zeros([4]), x, x), 'q is f32[4], expected [..., length, features]'],
      [call(x, x, x, { mask: gpu.zeros([4, 3]) }), 'mask [4,3] does not broadcast to the scores [2,3,3]'],
      [call(x, x, x, { dropoutP: 1 }), 'dropoutP is 1, expected a probability from 0 to below 1'],
      [call(x, x, x, { dropoutP: 0.1 }), 'dropoutP is 0.1 without a seed'],
      [call(gpu.zeros([2, 0]), gpu.zeros([3, 0]), x), 'the same number of features, at least 1'],
    ];
    for (const [run, message] of cases) {
      expect(run).toThrow(ShapeError);
      expect(run).toThrow(message);
    }
  });
});
