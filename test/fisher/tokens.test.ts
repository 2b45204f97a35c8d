import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { type Diagonal, type DiagonalOptions, diagonal } from '../../src/fisher/diagonal';
import { logDetDistance } from '../../src/fisher/distance';
import { gramLogDet } from '../../src/fisher/gram';
import { withoutHead } from '../../src/fisher/head';
import { kfacLogDet } from '../../src/fisher/kfac';
import { matchHead } from '../../src/fisher/match';
import { distanceMatrix } from '../../src/fisher/matrix';
import { normalize } from '../../src/fisher/normalize';
import { Linear } from '../../src/nn/layers';
import { Module } from '../../src/nn/module';
import {
  add,
  crossEntropy,
  embedding,
  gelu,
  layerNorm,
  mean,
  permute,
  reshape,
  scaledDotProductAttention,
  slice,
  softmax,
} from '../../src/ops/table';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { fullLogDet } from '../reference/fisher-log-det';
import { type Ref, ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { download } from './nets';

const held = useGpu();
const [SAMPLES, TOKENS, WORDS, WIDTH, HEADS, CLASSES] = [5, 4, 6, 8, 2, 3];

class Norm extends Module {
  readonly weight: Tensor;
  readonly bias: Tensor;
  constructor(gpu: Gpu, seed: number) {
    super();
    this.weight = gpu.randn([WIDTH], { seed, requiresGrad: true });
    this.bias = gpu.randn([WIDTH], { seed, stream: 1, requiresGrad: true });
  }
  forward(x: Tensor): Tensor {
    return layerNorm(x, WIDTH, this);
  }
}

/** One layer of a transformer: tokens [N, T] to logits [N, T, C], or [N, C] from the mean of the tokens. */
class Transformer extends Module {
  readonly words: Tensor;
  readonly places: Tensor;
  readonly before: Norm;
  readonly into: Linear;
  readonly out: Linear;
  readonly between: Norm;
  readonly up: Linear;
  readonly down: Linear;
  readonly head: Linear;
  constructor(
    gpu: Gpu,
    private readonly pooled = false,
  ) {
    super();
    this.words = gpu.randn([WORDS, WIDTH], { seed: 1, requiresGrad: true });
    this.places = gpu.randn([TOKENS, WIDTH], { seed: 2, requiresGrad: true });
    this.before = new Norm(gpu, 3);
    this.into = new Linear(gpu, WIDTH, 3 * WIDTH);
    this.out = new Linear(gpu, WIDTH, WIDTH);
    this.between = new Norm(gpu, 4);
    this.up = new Linear(gpu, WIDTH, 12);
    this.down = new Linear(gpu, 12, WIDTH);
    this.head = new Linear(gpu, WIDTH, CLASSES);
  }
  forward(tokens: Tensor): Tensor {
    const [samples, length] = tokens.shape;
    let x = add(embedding(tokens, this.words, { paddingIdx: 0 }), this.places);
    const all = this.into.forward(this.before.forward(x));
    const [q, k, v] = [0, 1, 2].map((i) => {
      const part = slice(all, 2, i * WIDTH, (i + 1) * WIDTH);
      return permute(reshape(part, [samples, length, HEADS, WIDTH / HEADS]), [0, 2, 1, 3]);
    });
    const seen = permute(scaledDotProductAttention(q, k, v, { isCausal: true }), [0, 2, 1, 3]);
    x = add(x, this.out.forward(reshape(seen, [samples, length, WIDTH])));
    x = add(x, this.down.forward(gelu(this.up.forward(this.between.forward(x)))));
    return this.head.forward(this.pooled ? mean(x, 1) : x);
  }
}

const numbers = (gpu: Gpu, shape: readonly number[], below: number, shift = 0): Tensor =>
  gpu.tensor(
    Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i * i + 3 * i + shift) % below),
    shape,
  );
const inputsOf = (gpu: Gpu) => numbers(gpu, [SAMPLES, TOKENS], WORDS);
const labelsOf = (gpu: Gpu) => numbers(gpu, [SAMPLES, TOKENS], CLASSES, 1);

/** Some tokens are left out, and all of the second sequence. */
async function someIgnored(labels: Tensor): Promise<Tensor> {
  const values = Int32Array.from(await labels.data());
  for (const at of [1, 4, 5, 6, 7, 10, 11]) values[at] = -100;
  return labels.gpu.tensor(values, labels.shape);
}

const rowOf = async (x: Tensor, n: number): Promise<Tensor> => {
  const each = x.size / x.shape[0];
  return x.gpu.tensor((await x.data()).slice(n * each, (n + 1) * each), [1, ...x.shape.slice(1)]);
};

/** The gradient of each sequence's loss for each parameter, by a pass for it alone; none of one without labels. */
async function passes(net: Module, inputs: Tensor, labels: Tensor, loss: 'sum' | 'mean'): Promise<Ref[][]> {
  const parameters = [...net.parameters().values()];
  const found: Ref[][] = [];
  for (let n = 0; n < inputs.shape[0]; n++) {
    const own = await rowOf(labels, n);
    if ((await own.data()).every((label) => label === -100)) continue;
    const logits = reshape(net.forward(await rowOf(inputs, n)), [own.size, CLASSES]);
    const grads = grad(crossEntropy(logits, own.view([-1]), { reduction: loss }), parameters);
    found.push(await Promise.all(grads.map(async (one) => ref(one.shape, await one.data()))));
  }
  return found;
}

const squaresOf = (rows: readonly Ref[][]): Ref[] =>
  rows[0].map((first, p) => {
    const data = first.data.map(
      (_, i) => rows.reduce((sum, row) => sum + row[p].data[i] ** 2, 0) / rows.length,
    );
    return ref(first.shape, data);
  });

async function expectDiagonal(found: ReadonlyMap<string, Tensor>, expected: readonly Ref[]): Promise<void> {
  const values = [...(await download(found)).values()];
  expect(values).toHaveLength(expected.length);
  for (const [i, wanted] of expected.entries()) {
    const largest = Math.max(...wanted.data);
    expect(largest).toBeGreaterThan(1e-6);
    expectClose(values[i], wanted, { relative: 1e-4, absolute: 1e-6 * largest });
  }
}

describe('the diagonal of a transformer', () => {
  test.each(['sum', 'mean'] as const)(
    'is that of single-sequence passes, the loss of a sequence being the %s of its tokens',
    async (tokens) => {
      const { gpu } = held;
      const net = new Transformer(gpu);
      const [inputs, labels] = [inputsOf(gpu), labelsOf(gpu)];
      const expected = squaresOf(await passes(net, inputs, labels, tokens));
      await expectDiagonal(await diagonal(net, [{ inputs, labels }], { tokens }), expected);
    },
  );

  test.each(['sum', 'mean'] as const)(
    'leaves tokens of the label -100 out of the %s, and sequences of nothing else, in any batches',
    async (tokens) => {
      const { gpu } = held;
      const net = new Transformer(gpu);
      const inputs = inputsOf(gpu);
      const labels = await someIgnored(labelsOf(gpu));
      const expected = squaresOf(await passes(net, inputs, labels, tokens));
      const parts = [
        [0, 2],
        [2, 5],
      ].map(([from, to]) => ({
        inputs: slice(inputs, 0, from, to),
        labels: slice(labels, 0, from, to),
      }));
      await expectDiagonal(await diagonal(net, parts, { tokens }), expected);
    },
  );

  test('of one label a sequence is that of single-sequence passes', async () => {
    const { gpu } = held;
    const net = new Transformer(gpu, true);
    const [inputs, labels] = [inputsOf(gpu), numbers(gpu, [SAMPLES], CLASSES)];
    const expected = squaresOf(await passes(net, inputs, labels, 'sum'));
    await expectDiagonal(await diagonal(net, [{ inputs, labels }]), expected);
  });

  test('by batches of one sequence is the empirical one', async () => {
    const { gpu } = held;
    const net = new Transformer(gpu);
    const inputs = inputsOf(gpu);
    const labels = await someIgnored(labelsOf(gpu));
    for (const tokens of ['sum', 'mean'] as const) {
      const singles = [0, 1, 2, 3, 4].map((n) => ({
        inputs: slice(inputs, 0, n, n + 1),
        labels: slice(labels, 0, n, n + 1),
      }));
      const expected = squaresOf(await passes(net, inputs, labels, tokens));
      await expectDiagonal(await diagonal(net, singles, { tokens, estimator: 'batch' }), expected);
    }
  });
});

/** A network whose tokens are apart, so that the expectation over all their labels can be taken by hand. */
class Tokenwise extends Module {
  readonly table: Tensor;
  readonly head: Linear;
  constructor(gpu: Gpu) {
    super();
    this.table = gpu.randn([WORDS, 3], { seed: 5, requiresGrad: true });
    this.head = new Linear(gpu, 3, 2);
  }
  forward(tokens: Tensor): Tensor {
    return this.head.forward(embedding(tokens, this.table));
  }
}

describe('the expectation over the labels of a sequence', () => {
  const [samples, tokens] = [2, 2];
  const inputs = (gpu: Gpu) => gpu.tensor(Int32Array.of(0, 1, 1, 1), [samples, tokens]);

  /** Σ over all 2² labellings of their probability times the squares of single-sequence passes. */
  async function byHand(net: Tokenwise, loss: 'sum' | 'mean'): Promise<Ref[]> {
    const { gpu } = held;
    const p = await softmax(net.forward(inputs(gpu)), -1).data();
    const parameters = [...net.parameters().values()];
    const totals = parameters.map(({ shape, size }) => ref(shape, new Float64Array(size)));
    for (let n = 0; n < samples; n++) {
      for (let labelling = 0; labelling < 4; labelling++) {
        const labels = [labelling >> 1, labelling & 1];
        const weight = labels.reduce((product, label, t) => product * p[(n * tokens + t) * 2 + label], 1);
        const logits = reshape(net.forward(await rowOf(inputs(gpu), n)), [tokens, 2]);
        const own = crossEntropy(logits, gpu.tensor(Int32Array.from(labels), [tokens]), { reduction: loss });
        for (const [i, one] of grad(own, parameters).entries())
          for (const [at, value] of (await one.data()).entries())
            totals[i].data[at] += (weight * value ** 2) / samples;
      }
    }
    return totals;
  }

  test.each(['sum', 'mean'] as const)('is exact, for the %s of tokens', async (loss) => {
    const { gpu } = held;
    const net = new Tokenwise(gpu);
    const batch = { inputs: inputs(gpu), labels: gpu.tensor(new Int32Array(4), [samples, tokens]) };
    const options: DiagonalOptions = { tokens: loss, estimator: 'exact' };
    const found = [...(await download(await diagonal(net, [batch], options))).values()];
    for (const [i, wanted] of (await byHand(net, loss)).entries())
      expectClose(found[i], wanted, { relative: 1e-4, absolute: 1e-7 });
  });

  test('is what many draws come to, and draws do not depend on batches', async () => {
    const { gpu } = held;
    const net = new Tokenwise(gpu);
    const many = 4000;
    const tiled = Int32Array.from({ length: many * 4 }, (_, i) => [0, 1, 1, 1][i % 4]);
    const whole = gpu.tensor(tiled, [many * samples, tokens]);
    const labels = gpu.tensor(new Int32Array(tiled.length), whole.shape);
    const parts = [0, 1].map((half) => {
      const [from, to] = [half * many, (half + 1) * many];
      return { inputs: slice(whole, 0, from, to), labels: slice(labels, 0, from, to) };
    });
    const drawn = await download(await diagonal(net, [{ inputs: whole, labels }], { estimator: 'mc' }));
    const inParts = await download(await diagonal(net, parts, { estimator: 'mc' }));
    const expected = await byHand(net, 'sum');
    for (const [i, [name, { data }]] of [...drawn].entries()) {
      expectClose(inParts.get(name) ?? expected[i], ref(expected[i].shape, data), {
        relative: 1e-4,
        absolute: 1e-7,
      });
      const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
      expect(Math.abs(total(data) / total(expected[i].data) - 1)).toBeLessThan(0.03);
    }
  });
});

describe('other Fishers of a transformer', () => {
  test('have the log-determinant of the Gram matrix of single-sequence passes', async () => {
    const { gpu } = held;
    const net = new Transformer(gpu);
    const [inputs, labels] = [inputsOf(gpu), labelsOf(gpu)];
    const rows = (await passes(net, inputs, labels, 'mean')).map((row) =>
      row.flatMap(({ data }) => [...data]),
    );
    const found = await gramLogDet(net, [{ inputs, labels }], { damping: 0.01, tokens: 'mean' });
    expect(Math.abs(found - fullLogDet(rows, 0.01))).toBeLessThan(1e-3);
  });

  test('have Kronecker factors', async () => {
    const { gpu } = held;
    const batch = { inputs: inputsOf(gpu), labels: labelsOf(gpu) };
    expect(await kfacLogDet(new Transformer(gpu), [batch], { damping: 0.1 })).toBeLessThan(0);
  });

  test('match outputs with classes by the tokens', async () => {
    const { gpu } = held;
    const net = new Transformer(gpu);
    const inputs = inputsOf(gpu);
    const logits = await net.forward(inputs).data();
    // The class of each token is the number after that of its largest output.
    const labels = Int32Array.from({ length: inputs.size }, (_, i) => {
      const own = [...logits.slice(i * CLASSES, (i + 1) * CLASSES)];
      return (own.indexOf(Math.max(...own)) + 1) % CLASSES;
    });
    const batch = { inputs, labels: gpu.tensor(labels, inputs.shape) };
    expect(await matchHead(net, [batch], { classes: CLASSES })).toEqual([2, 0, 1]);
  });
});

test('distances between tasks of text are those between their Fishers, over sequences', async () => {
  const { gpu } = held;
  const labelsFor = (shift: number) => numbers(gpu, [SAMPLES, TOKENS], CLASSES, shift);
  const texts = [1, 2].map((shift) => ({ id: `text ${shift}`, shift, net: new Transformer(gpu) }));
  const batchesOf = (shift: number) => [{ inputs: inputsOf(gpu), labels: labelsFor(shift) }];
  const { logdet } = await distanceMatrix({
    head: 'none',
    tokens: 'mean',
    tasks: texts,
    seeds: [0],
    networkOf: async ({ net }) => net,
    dataOf: ({ shift }) => ({ batches: () => batchesOf(shift), classes: CLASSES }),
  });
  const fishers: Diagonal[] = [];
  for (const { net } of texts)
    fishers.push(normalize(withoutHead(await diagonal(net, batchesOf(2), { tokens: 'mean' }))));
  const expected = await logDetDistance(fishers[0], fishers[1]);
  expect(expected).toBeGreaterThan(0);
  expect(logdet.mean[0][1]).toBeCloseTo(expected, 5);
  expect(logdet.mean[0][0]).toBe(0);
});

test('labels of another shape than the tokens, and stray ones, are refused in words', async () => {
  const { gpu } = held;
  const net = new Transformer(gpu);
  const inputs = inputsOf(gpu);
  await expect(diagonal(net, [{ inputs, labels: numbers(gpu, [SAMPLES], CLASSES) }])).rejects.toThrow(
    'diagonal: labels [5] for logits [5,4,3], expected [5,4]',
  );
  const labels = gpu.tensor(
    Int32Array.from({ length: inputs.size }, (_, i) => (i === 9 ? 7 : 0)),
    inputs.shape,
  );
  await expect(diagonal(net, [{ inputs, labels }])).rejects.toThrow('label 7 of sample 2 is outside [0, 3)');
  await expect(diagonal(net, [{ inputs, labels }], { tokens: 'max' as 'sum' })).rejects.toThrow(
    "tokens is 'max', expected one of 'sum', 'mean'",
  );
});
