import { expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { perSampleSquares } from '../../src/autograd/per-sample';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import { Random } from '../../src/tensor/random';
import { sizeOf } from '../../src/tensor/shape';
import { areShown } from '../../src/tensor/shown';
import { expectClose } from '../reference/close';
import { type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';

const device = useGpu();
const CLOSE = { relative: 1e-5, absolute: 1e-4 };
/** Root mean square of errors, of that of results: some eight times what a number of f32 is rounded by. */
const LOST = 7e-7;

const normal = (shape: number[], stream: number): Ref => {
  const random = new Random(9, stream);
  return ref(
    shape,
    Array.from({ length: sizeOf(shape) }, () => Math.fround(random.normal())),
  );
};

/** The sum of each output, and what it hands back to its pixels and weights, one product after another in f64. */
function inF64(x: Ref, weight: Ref, g: Ref, pad: number, stride = 1) {
  const [batch, inputs, height, width] = x.shape;
  const [outputs, , high, wide] = weight.shape;
  const [, , rows, columns] = g.shape;
  const [y, dx, dw] = [g, x, weight].map(({ shape }) => ref([...shape], new Float64Array(sizeOf(shape))));
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < outputs; o++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) {
          const at = ((n * outputs + o) * rows + row) * columns + column;
          for (let c = 0; c < inputs; c++)
            for (let i = 0; i < high; i++)
              for (let j = 0; j < wide; j++) {
                const [down, across] = [row * stride + i - pad, column * stride + j - pad];
                if (down < 0 || down >= height || across < 0 || across >= width) continue;
                const pixel = ((n * inputs + c) * height + down) * width + across;
                const tap = ((o * inputs + c) * high + i) * wide + j;
                y.data[at] += x.data[pixel] * weight.data[tap];
                dx.data[pixel] += g.data[at] * weight.data[tap];
                dw.data[tap] += g.data[at] * x.data[pixel];
              }
        }
  return { y, dx, dw };
}

const rms = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value ** 2, 0) / values.length);

/** Small as they are, they compute so much that lavapipe's kernels read textures. */
test.each([
  { title: 'many channels', x: [2, 32, 16, 16], outputs: 32, side: 3 },
  { title: 'an image whose width is no multiple of four', x: [2, 32, 18, 18], outputs: 32, side: 3 },
  { title: 'few channels to read', x: [4, 3, 32, 32], outputs: 48, side: 3 },
  { title: 'a kernel of 5 × 5, and channels left over', x: [2, 12, 20, 20], outputs: 28, side: 5 },
  { title: 'rows longer than a subgroup', x: [2, 8, 12, 64], outputs: 20, side: 5 },
  { title: 'rows of a single quad', x: [64, 16, 4, 4], outputs: 24, side: 3 },
  { title: 'as many channels as a subgroup has lanes', x: [16, 8, 32, 32], outputs: 8, side: 3 },
  { title: 'a stride', x: [4, 16, 32, 32], outputs: 32, side: 3, stride: 2 },
  { title: 'a stride, rows out of no whole quads', x: [8, 8, 20, 20], outputs: 32, side: 5, stride: 2 },
])('conv2d › $title: result and gradients match f64 where operands are textures', async (one) => {
  const { gpu } = device;
  const pad = (one.side - 1) / 2;
  const [x, weight] = [normal(one.x, 1), normal([one.outputs, one.x[1], one.side, one.side], 2)];
  const { stride = 1 } = one;
  const g = normal([one.x[0], one.outputs, one.x[2] / stride, one.x[3] / stride], 3);
  const [gx, gw] = [x, weight].map(({ shape, data }) =>
    gpu.tensor(Float32Array.from(data), [...shape], { requiresGrad: true }),
  );
  const flops = 2 * g.data.length * (weight.data.length / one.outputs);
  expect(areShown(flops, gx, gw)).toBe(gpu.adapter.kind === 'lavapipe');
  const y = conv2d(gx, gw, { padding: pad, stride });
  const grads = grad(y, [gx, gw], gpu.tensor(Float32Array.from(g.data), [...g.shape]));
  const expected = inF64(x, weight, g, pad, stride);
  for (const [found, wanted] of [
    [y, expected.y],
    [grads[0], expected.dx],
    [grads[1], expected.dw],
  ] as const) {
    const values = await found.data();
    expectClose(ref([...found.shape], values), wanted, CLOSE);
    const errors = Array.from(wanted.data, (value, i) => values[i] - value);
    expect(rms(errors)).toBeLessThan(LOST * rms(wanted.data));
  }
});

test('conv2d › squares of single samples match f64 where lanes share what they read of textures', async () => {
  const { gpu } = device;
  const [x, weight, g] = [normal([16, 8, 32, 32], 1), normal([8, 8, 3, 3], 2), normal([16, 8, 32, 32], 3)];
  const expected = ref(weight.shape, new Float64Array(weight.data.length));
  const sample = ({ data, shape }: Ref, n: number) => {
    const size = data.length / shape[0];
    return ref([1, ...shape.slice(1)], data.slice(n * size, (n + 1) * size));
  };
  for (let n = 0; n < x.shape[0]; n++)
    inF64(sample(x, n), weight, sample(g, n), 1).dw.data.forEach((value, i) => {
      expected.data[i] += value * value;
    });
  const upload = ({ data, shape }: Ref, requiresGrad = false) =>
    gpu.tensor(Float32Array.from(data), [...shape], { requiresGrad });
  const learnt = upload(weight, true);
  const y = conv2d(upload(x), learnt, { padding: 1 });
  const squares = perSampleSquares(y, upload(g), new Set([learnt])).get(learnt);
  if (!squares) throw new Error('the weight has no squares');
  expectClose(ref(weight.shape, await squares.data()), expected, { relative: 1e-4, absolute: 1e-2 });
});
