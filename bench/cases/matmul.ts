import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { nodeOf } from '../../src/autograd/tape';
import { linear, matmul } from '../../src/ops/matmul';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import type { Bench, Suite } from '../bench';
import { type Case, runCases } from '../case';
import { noise } from '../data';
import { ourContestant } from '../ours';
import type { Peer, Tf } from '../tfjs';

const DIRECTIONS = ['forward', 'gradient of the first', 'gradient of the second'] as const;
type Direction = (typeof DIRECTIONS)[number];

const SQUARES = [256, 512, 1024, 2048];
/** Rows, inputs, outputs: the layers of the small CIFAR net at a batch of 64, and a perceptron's first at 128. */
const LAYERS = [
  [64, 2048, 1024],
  [64, 1024, 128],
  [64, 128, 10],
  [128, 784, 1024],
] as const;

type Product<T> = (a: T, b: T, g: T) => T;
type Shape = readonly [rows: number, columns: number];

/** y = f(a, b) with its two gradients, ours and as tfjs says them. */
interface Form {
  readonly work: string;
  readonly shape: string;
  readonly a: Shape;
  readonly b: Shape;
  readonly y: Shape;
  readonly flops: number;
  readonly forward: (a: Tensor, b: Tensor) => Tensor;
  readonly peer: (tf: Tf) => Record<Direction, Product<TfTensor>>;
}

const square = (n: number): Form => ({
  ...{ work: 'matmul', shape: `${n}³`, a: [n, n], b: [n, n], y: [n, n], flops: 2 * n ** 3 },
  forward: (a, b) => matmul(a, b),
  peer: (tf) => ({
    forward: (a, b) => tf.matMul(a, b),
    'gradient of the first': (_, b, g) => tf.matMul(g, b, false, true),
    'gradient of the second': (a, _, g) => tf.matMul(a, g, true, false),
  }),
});

const layer = ([rows, inputs, outputs]: readonly [number, number, number]): Form => ({
  ...{ work: 'linear', shape: `${rows}×${inputs} · (${outputs}×${inputs})ᵀ` },
  ...{ a: [rows, inputs], b: [outputs, inputs], y: [rows, outputs], flops: 2 * rows * inputs * outputs },
  forward: (x, weight) => linear(x, weight),
  peer: (tf) => ({
    forward: (x, weight) => tf.matMul(x, weight, false, true),
    'gradient of the first': (_, weight, g) => tf.matMul(g, weight),
    'gradient of the second': (x, _, g) => tf.matMul(g, x, true, false),
  }),
});

function open(form: Form, direction: Direction, gpu: Gpu) {
  const shapes = [form.a, form.b, form.y];
  const values = shapes.map(([rows, columns], seed) => noise(rows * columns, seed));
  const [a, b, g] = values.map((data, i) => gpu.tensor(data, shapes[i], { requiresGrad: i < 2 }));
  const gradientOf = direction === 'gradient of the first' ? 0 : 1;
  const y = form.forward(a, b);
  const node = nodeOf(y);
  const run = () => {
    if (direction === 'forward') return form.forward(a, b);
    const grad = node?.backward(g, [gradientOf === 0, gradientOf === 1])[gradientOf];
    if (!grad) throw new Error(`${form.work}: no gradient came back`);
    return grad;
  };
  const peer = ({ tf, contestant }: Peer) => {
    const held = values.map((data, i) => tf.tensor(data, [...shapes[i]]));
    const product = form.peer(tf)[direction];
    return contestant({ run: () => product(held[0], held[1], held[2]), held });
  };
  return { ours: ourContestant(gpu, run, [a, b, g, y]), peer };
}

const cases: readonly Case[] = [...SQUARES.map(square), ...LAYERS.map(layer)].flatMap((form) =>
  DIRECTIONS.map((direction) => ({
    work: `${form.work}, ${direction}`,
    shape: form.shape,
    flops: form.flops,
    bytes: 4 * [form.a, form.b, form.y].reduce((sum, [rows, columns]) => sum + rows * columns, 0),
    target: { of: 'ratio', atLeast: 4 },
    open: (gpu) => open(form, direction, gpu),
  })),
);

/** Square products and those of linear layers, with both gradients. */
export const matmulSuite: Suite = { name: 'matmul', rows: (bench: Bench) => runCases(bench, cases) };
