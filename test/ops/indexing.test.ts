import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { perSampleSquares } from '../../src/autograd/per-sample';
import { gather } from '../../src/ops/gather';
import { embedding, oneHot } from '../../src/ops/indexing';
import { slice } from '../../src/ops/reshape';
import { Random } from '../../src/tensor/random';
import { ShapeError } from '../../src/tensor/shape';
import { expectClose } from '../reference/close';
import { type Ref, ref, size } from '../reference/ref';
import { download, useDevice } from './device';
import { row, squaresOneByOne } from './per-sample';

const device = useDevice();

function normal(shape: readonly number[], stream: number): Ref {
  const random = new Random(3, stream);
  return ref(
    shape,
    Array.from({ length: size(shape) }, () => Math.fround(random.normal())),
  );
}

describe('embedding', () => {
  test('gives a row of NaN for an index outside the table, and no gradient to any row', async () => {
    const weight = device.gpu.tensor([1, 2, 3, 4], [2, 2], { requiresGrad: true });
    const y = embedding(device.integers([1, -1, 2]), weight);
    const nan = Number.NaN;
    expect([...(await y.data())]).toEqual([3, 4, nan, nan, nan, nan]);
    const [dweight] = grad(y, [weight], device.gpu.ones(y.shape));
    expect([...(await dweight.data())]).toEqual([0, 0, 1, 1]);
  });

  test.each([
    ['many', 200],
    ['very many', 3000],
  ])('adds the gradients of a row named by %s places, the same bits each time', async (_, count) => {
    const places = Array.from({ length: count }, (_, i) => (7 * i) % 3);
    const g = normal([count, 6], 1);
    const run = async () => {
      const weight = device.upload(normal([3, 6], 2), true);
      const [dweight] = grad(embedding(device.integers(places), weight), [weight], device.upload(g));
      return download(dweight);
    };
    const sums = ref([3, 6], new Float64Array(18));
    g.data.forEach((value, i) => {
      sums.data[places[Math.floor(i / 6)] * 6 + (i % 6)] += value;
    });
    const found = await run();
    expectClose(found, sums, { relative: 1e-5, absolute: 1e-5 });
    expect(await run()).toEqual(found);
  });

  test('gives a padding row nothing of very many places', async () => {
    const places = Array.from({ length: 300 }, (_, i) => i % 3);
    const weight = device.upload(normal([3, 1], 2), true);
    const y = embedding(device.integers(places), weight, { paddingIdx: -2 });
    const [dweight] = grad(y, [weight], device.gpu.ones(y.shape));
    expect([...(await dweight.data())]).toEqual([100, 0, 100]);
  });

  test('squares per sample, after adding the places of a sample', async () => {
    const places = ref(
      [6, 4],
      Array.from({ length: 24 }, (_, i) => (5 * i + (i >> 2)) % 3),
    );
    const g = normal([6, 4, 5], 3);
    const weight = device.upload(normal([3, 5], 4), true);
    const upload = ({ shape, data }: Ref) => device.integers([...data], shape);
    const [expected] = await squaresOneByOne(6, [weight], (n) => ({
      output: embedding(upload(row(places, n)), weight),
      start: device.upload(row(g, n)),
    }));
    const squares = perSampleSquares(embedding(upload(places), weight), device.upload(g), new Set([weight]));
    expectClose(await download(squares.get(weight) ?? weight), expected, { relative: 1e-5, absolute: 1e-6 });
  });

  test('refuses float indices and a weight that is not a table', () => {
    const table = device.gpu.zeros([4, 2]);
    expect(() => embedding(device.gpu.zeros([3]), table)).toThrow(ShapeError);
    expect(() => embedding(device.gpu.zeros([3]), table)).toThrow(
      'embedding: indices must be i32, got f32[3]; use an Int32Array',
    );
    expect(() => embedding(device.integers([0]), device.gpu.zeros([4]))).toThrow(
      'embedding: weight must be f32 [V, D], got f32[4]',
    );
  });
});

describe('gather', () => {
  test('gives NaN for an index outside x', async () => {
    const x = device.gpu.tensor([1, 2, 3], [3]);
    expect([...(await gather(x, 0, device.integers([2, 3, -1, 0])).data())]).toEqual([
      3,
      Number.NaN,
      Number.NaN,
      1,
    ]);
  });

  test('leaves the gradient 0 where a shorter index does not reach', async () => {
    const x = device.upload(normal([3, 2], 5), true);
    const used = Array.from({ length: 8 }, () => device.gpu.full(x.shape, 7));
    await used[7].data();
    for (const tensor of used) tensor.dispose(); // one of their buffers comes back for the gradient
    const y = gather(x, 1, device.integers([1, 1, 1], [1, 3]));
    const [dx] = grad(y, [x], device.gpu.tensor([1, 2, 3], [1, 3]));
    expect([...(await dx.data())]).toEqual([0, 6, 0, 0, 0, 0]);
  });

  test('refuses an index of another type or of a shape that does not fit', () => {
    const x = device.gpu.zeros([2, 3]);
    expect(() => gather(device.gpu.tensor(Uint8Array.of(1), [1]), 0, device.integers([0]))).toThrow(
      'gather: x must be f32 or f16 or i32 or u32',
    );
    expect(() => gather(x, 0, device.gpu.zeros([2, 3]))).toThrow('gather: index must be i32, got f32[2,3]');
    expect(() => gather(x, 1, device.integers([0, 0]))).toThrow('gather: index [2] for x [2,3] along axis 1');
    expect(() => gather(x, 1, device.integers([0, 0, 0], [3, 1]))).toThrow('gather: index [3,1] for x [2,3]');
    expect(() => gather(x, 2, device.integers([0]))).toThrow('gather: axis 2 is out of range');
  });
});

describe('oneHot', () => {
  test('gives zeros alone for a label outside the classes', async () => {
    const y = oneHot(device.integers([1, 2, -1]), 2);
    expect([...(await y.data())]).toEqual([0, 1, 0, 0, 0, 0]);
    expect(y.dtype).toBe('f32');
  });

  test('counts the classes where the program gave the labels, as PyTorch', async () => {
    expect(oneHot(device.integers([1, 4, 0])).shape).toEqual([3, 5]);
    expect(oneHot(device.integers([2], []), -1).shape).toEqual([3]);
    const computed = device.gpu.kernels.elementwise('x', { x: device.integers([1]) }, { dtype: 'i32' });
    expect(() => oneHot(computed)).toThrow(
      'oneHot: classes is missing, expected a whole number of at least 1 where only the GPU knows the labels',
    );
    expect(() => oneHot(device.integers([]))).toThrow('where there are no labels');
  });

  test('is captured', async () => {
    const labels = device.integers([1, 0]);
    using step = device.gpu.capture(() => oneHot(labels, 2));
    for (let i = 0; i < 3; i++) expect([...(await step.replay().data())]).toEqual([0, 1, 1, 0]);
    expect(step.isCaptured).toBe(true);
  });

  test('refuses float labels and a number of classes below one', () => {
    expect(() => oneHot(device.gpu.zeros([2]), 3)).toThrow('oneHot: labels must be i32, got f32[2]');
    for (const classes of [0, 2.5]) {
      expect(() => oneHot(device.integers([0]), classes)).toThrow(`oneHot: classes is ${classes}`);
    }
  });
});

describe('slice', () => {
  test('takes the position that a last, shorter step begins with', async () => {
    const y = slice(device.gpu.tensor([0, 1, 2, 3, 4], [5]), 0, 0, undefined, 2);
    expect([...(await y.data())]).toEqual([0, 2, 4]);
  });

  test('starts at the first element where a start counted from the end lies before it', async () => {
    const y = slice(device.gpu.tensor([7, 8, 9], [3]), 0, -5, 2);
    expect([...(await y.data())]).toEqual([7, 8]);
  });
});
