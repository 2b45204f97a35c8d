import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { diagonal } from '../../src/fisher/diagonal';
import { gramLogDet } from '../../src/fisher/gram';
import { kfacLogDet } from '../../src/fisher/kfac';
import { Conv2d, Linear } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import {
  add,
  batchNorm,
  conv1d,
  conv2d,
  convTranspose1d,
  convTranspose2d,
  crossEntropy,
  embedding,
  flatten,
  linear,
  mean,
  relu,
  reshape,
  slice,
  sum,
  tanh,
} from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { fullLogDet } from '../reference/fisher-log-det';
import { useGpu } from '../use-gpu';

const held = useGpu();
const SAMPLES = 5;
const CLASSES = 3;
const STEPS = 3;

/** One cell for every time step: x [N, STEPS · 2]. */
class Recurrent extends Module {
  readonly into: Linear;
  readonly onward: Linear;
  readonly out: Linear;
  constructor(gpu: Gpu) {
    super();
    this.into = new Linear(gpu, 2, 4);
    this.onward = new Linear(gpu, 4, 4, { bias: false });
    this.out = new Linear(gpu, 4, CLASSES);
  }
  forward(x: Tensor): Tensor {
    let state: Tensor | undefined;
    for (let step = 0; step < STEPS; step++) {
      const read = this.into.forward(slice(x, 1, 2 * step, 2 * step + 2));
      state = tanh(state ? add(read, this.onward.forward(state)) : read);
    }
    return this.out.forward(state as Tensor);
  }
}

/** One kernel applied twice: x [N, 2, 4, 4]. */
class Repeated extends Module {
  readonly conv: Conv2d;
  readonly out: Linear;
  constructor(gpu: Gpu, groups: number) {
    super();
    this.conv = new Conv2d(gpu, 2, 2, 3, { padding: 1, groups });
    this.out = new Linear(gpu, 32, CLASSES);
  }
  forward(x: Tensor): Tensor {
    return this.out.forward(flatten(relu(this.conv.forward(tanh(this.conv.forward(x)))), 1));
  }
}

/** A table that is looked up twice, and may give the logits, too: indices [N, 4]. */
class Lookup extends Module {
  readonly table: Tensor;
  readonly out: Tensor;
  constructor(gpu: Gpu, isTied: boolean) {
    super();
    this.table = gpu.randn([CLASSES, 4], { seed: 5, requiresGrad: true });
    this.out = isTied ? this.table : gpu.randn([CLASSES, 4], { seed: 6, requiresGrad: true });
  }
  forward(indices: Tensor): Tensor {
    const words = mean(embedding(indices, this.table), 1);
    const again = mean(embedding(indices, this.table), 1);
    return linear(tanh(add(words, relu(again))), this.out);
  }
}

/** A linear layer on each half of x [N, 6], one call or two. */
class Halves extends Module {
  readonly layer: Linear;
  readonly out: Linear;
  constructor(
    gpu: Gpu,
    private readonly calls: 1 | 2,
  ) {
    super();
    this.layer = new Linear(gpu, 3, 4);
    this.out = new Linear(gpu, 4, CLASSES);
  }
  forward(x: Tensor): Tensor {
    const apart = (at: number) => tanh(this.layer.forward(slice(x, 1, 3 * at, 3 * at + 3)));
    const together = () => sum(tanh(this.layer.forward(reshape(x, [x.shape[0], 2, 3]))), 1);
    return this.out.forward(this.calls === 2 ? add(apart(0), apart(1)) : together());
  }
}

/** A transposed convolution applied twice, a convolution of lines, batch norm of rows: x [N, 2, 3]. */
class Lines extends Module {
  readonly spread: Tensor;
  readonly conv: Tensor;
  readonly bias: Tensor;
  readonly scale: Tensor;
  readonly out: Linear;
  readonly mean: Tensor;
  readonly variance: Tensor;
  constructor(gpu: Gpu) {
    super();
    const learnt = (shape: number[], seed: number) => gpu.randn(shape, { seed, requiresGrad: true });
    this.spread = learnt([2, 1, 3], 21);
    this.conv = learnt([3, 2, 2], 22);
    this.bias = learnt([2], 23);
    this.scale = learnt([3], 24);
    this.mean = gpu.zeros([3]);
    this.variance = gpu.ones([3]);
    this.out = new Linear(gpu, 3, CLASSES);
  }
  forward(x: Tensor): Tensor {
    const { spread, bias, conv, scale: weight, mean: runningMean, variance: runningVar } = this;
    const wider = (of: Tensor, padding: number) =>
      tanh(convTranspose1d(of, spread, { bias, stride: 2, padding, groups: 2 }));
    const lines = tanh(conv1d(wider(wider(x, 1), 2), conv, { padding: 'same' }));
    return this.out.forward(batchNorm(mean(lines, 2), { weight, runningMean, runningVar }));
  }
}

const NETS = {
  'a transposed convolution applied twice, and lines': {
    make: (gpu: Gpu) => new Lines(gpu),
    inputs: (gpu: Gpu) => gpu.randn([SAMPLES, 2, 3], { seed: 4 }),
  },
  'a recurrent network': {
    make: (gpu: Gpu) => new Recurrent(gpu),
    inputs: (gpu: Gpu) => gpu.randn([SAMPLES, 2 * STEPS], { seed: 1 }),
  },
  'a convolution applied twice': {
    make: (gpu: Gpu) => new Repeated(gpu, 1),
    inputs: (gpu: Gpu) => gpu.randn([SAMPLES, 2, 4, 4], { seed: 2 }),
  },
  'a depthwise convolution applied twice': {
    make: (gpu: Gpu) => new Repeated(gpu, 2),
    inputs: (gpu: Gpu) => gpu.randn([SAMPLES, 2, 4, 4], { seed: 3 }),
  },
  'a table looked up twice': { make: (gpu: Gpu) => new Lookup(gpu, false), inputs: indices },
  'a table that gives the logits, too': { make: (gpu: Gpu) => new Lookup(gpu, true), inputs: indices },
};

function indices(gpu: Gpu): Tensor {
  return gpu.tensor(
    Int32Array.from({ length: 4 * SAMPLES }, (_, i) => (i * i + i) % CLASSES),
    [SAMPLES, 4],
  );
}
const labels = (gpu: Gpu) =>
  gpu.tensor(
    Int32Array.from({ length: SAMPLES }, (_, n) => n % CLASSES),
    [SAMPLES],
  );

/** The gradient of each sample's own loss for all parameters, a backward pass a sample. */
async function jacobian(net: Module, inputs: Tensor): Promise<number[][]> {
  const { gpu } = inputs;
  const parameters = [...net.parameters().values()];
  const all = labels(gpu);
  const rows: number[][] = [];
  for (let n = 0; n < SAMPLES; n++) {
    const loss = crossEntropy(net.forward(await sampleOf(inputs, n)), await sampleOf(all, n));
    const grads = await Promise.all(grad(loss, parameters).map((tensor) => tensor.data()));
    const values = grads.map((one) => [...one]);
    rows.push(values.flat());
  }
  return rows;
}

async function sampleOf(x: Tensor, n: number): Promise<Tensor> {
  const width = x.size / SAMPLES;
  const data = (await x.data()).slice(n * width, (n + 1) * width);
  return x.gpu.tensor(data, [1, ...x.shape.slice(1)]);
}

describe.each(Object.entries(NETS))('%s', (_, { make, inputs }) => {
  test('has the diagonal of single-sample passes', async () => {
    const { gpu } = held;
    const net = make(gpu);
    const x = inputs(gpu);
    const rows = await jacobian(net, x);
    const expected = rows[0].map((_, i) => rows.reduce((total, row) => total + row[i] ** 2, 0) / SAMPLES);
    const found = await diagonal(net, [{ inputs: x, labels: labels(gpu) }]);
    const values = (
      await Promise.all([...found.values()].map(async (tensor) => [...(await tensor.data())]))
    ).flat();
    expect(values).toHaveLength(expected.length);
    values.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(1e-4 * expected[i] + 1e-9);
    });
    expect(Math.max(...expected)).toBeGreaterThan(1e-4);
  });

  test('has the log-determinant of the Gram matrix of single-sample passes, in two batches', async () => {
    const { gpu } = held;
    const net = make(gpu);
    const x = inputs(gpu);
    const rows = await jacobian(net, x);
    const [few, rest] = [
      [0, 1],
      [2, 3, 4],
    ].map((numbers) => async () => {
      const pick = async (tensor: Tensor) => {
        const parts = await Promise.all(
          numbers.map(async (n) => [...(await (await sampleOf(tensor, n)).data())]),
        );
        return gpu.tensor(parts.flat(), [numbers.length, ...tensor.shape.slice(1)], { dtype: tensor.dtype });
      };
      return { inputs: await pick(x), labels: await pick(labels(gpu)) };
    });
    const found = await gramLogDet(net, [await few(), await rest()], { damping: 0.01 });
    expect(Math.abs(found - fullLogDet(rows, 0.01))).toBeLessThan(1e-3);
  });
});

/** A convolution of one pixel to the same pixels: [N, 2, 2, 2] to logits. Transposed it has the same matrix, turned. */
class Pixels extends Module {
  readonly weight: Tensor;
  constructor(
    gpu: Gpu,
    private readonly isTransposed: boolean,
  ) {
    super();
    const values = Array.from({ length: 2 * CLASSES }, (_, i) => Math.sin(i));
    const turned = values.map((_, i) => values[(i % CLASSES) * 2 + Math.floor(i / CLASSES)]);
    this.weight = isTransposed
      ? gpu.tensor(turned, [2, CLASSES, 1, 1], { requiresGrad: true })
      : gpu.tensor(values, [CLASSES, 2, 1, 1], { requiresGrad: true });
  }
  forward(x: Tensor): Tensor {
    const pixels = this.isTransposed ? convTranspose2d(x, this.weight) : conv2d(x, this.weight);
    return sum(tanh(pixels), [2, 3]);
  }
}

describe('K-FAC of a transposed convolution', () => {
  test('of one pixel is that of the convolution with the matrix turned', async () => {
    const { gpu } = held;
    const batches = [{ inputs: gpu.randn([SAMPLES, 2, 2, 2], { seed: 9 }), labels: labels(gpu) }];
    const expected = await kfacLogDet(new Pixels(gpu, false), batches, { damping: 0.1 });
    expect(await kfacLogDet(new Pixels(gpu, true), batches, { damping: 0.1 })).toBeCloseTo(expected, 4);
  });
});

describe('K-FAC of a layer that is called twice', () => {
  test('is that of one call on both positions', async () => {
    const { gpu } = held;
    const [once, twice] = [new Halves(gpu, 1), new Halves(gpu, 2)];
    twice.loadStateDict(once.stateDict());
    const batches = [{ inputs: gpu.randn([SAMPLES, 6], { seed: 8 }), labels: labels(gpu) }];
    const expected = await kfacLogDet(once, batches, { damping: 0.1 });
    expect(await kfacLogDet(twice, batches, { damping: 0.1 })).toBeCloseTo(expected, 4);
  });

  test('is refused where a table is looked up by one call and multiplied by another', async () => {
    const { gpu } = held;
    const batches = [{ inputs: indices(gpu), labels: labels(gpu) }];
    await expect(kfacLogDet(new Lookup(gpu, true), batches, { damping: 0.1 })).rejects.toThrow(
      'for such tied weights there is no Kronecker product, use gramLogDet',
    );
    expect(await kfacLogDet(new Lookup(gpu, false), batches, { damping: 0.1 })).toBeLessThan(0);
  });
});

describe('uses that do not fit together', () => {
  const refused = async (forward: (weight: Tensor, x: Tensor) => Tensor, shape: number[], width: number) => {
    const { gpu } = held;
    class Odd extends Module {
      readonly weight = gpu.randn(shape, { seed: 10, requiresGrad: true });
      forward(x: Tensor): Tensor {
        return forward(this.weight, x);
      }
    }
    const batch = { inputs: gpu.randn([SAMPLES, width], { seed: 9 }), labels: labels(gpu) };
    return expect(diagonal(new Odd(), [batch])).rejects;
  };

  test('are refused in words: other groups', async () => {
    const forward = (weight: Tensor, x: Tensor) => {
      const image = reshape(x, [SAMPLES, 2, 2, 2]);
      const grouped = conv2d(image, weight, { groups: 2 });
      const whole = conv2d(slice(image, 1, 0, 1), weight);
      return flatten(add(grouped, whole), 1);
    };
    const found = await refused(forward, [2, 1, 1, 1], 8);
    await found.toThrow('the 2 uses of parameter f32[2,1,1,1] do not fit together');
  });

  test('are refused in words: other rows', async () => {
    const forward = (weight: Tensor, x: Tensor) => {
      const folded = reshape(linear(reshape(x, [3 * SAMPLES, 2]), weight), [SAMPLES, 6]);
      return linear(slice(folded, 1, 0, 2), weight);
    };
    const found = await refused(forward, [2, 2], 6);
    await found.toThrow('with 5 and 15 rows; keep the samples on the first axis of all of them');
  });
});
