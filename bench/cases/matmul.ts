import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { nodeOf } from '../../src/autograd/tape';
import { linear } from '../../src/ops/matmul/linear';
import { matmul } from '../../src/ops/matmul/matmul';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import type { Suite } from '../bench';
import { type Case, runCases } from '../case';
import { noise } from '../data';
import { ourContestant } from '../ours';
import type { Peer, Tf } from '../peer';

const SQUARES = [256, 512, 1024, 2048];
/** Rows, inputs, outputs: the layers of the small CIFAR net at a batch of 64, and a perceptron's first at 128. */
const LAYERS = [
  [64, 2048, 1024],
  [64, 1024, 128],
  [64, 128, 10],
  [128, 784, 1024],
] as const;

type Product = (a: TfTensor, b: TfTensor, g: TfTensor) => TfTensor;
type Shape = readonly [rows: number, columns: number];

/** y = f(a, b) with the gradients of a and of b, ours and as tfjs says them. */
interface Form {
  readonly work: string;
  readonly shape: string;
  readonly a: Shape;
  readonly b: Shape;
  readonly y: Shape;
  readonly flops: number;
  readonly directions: readonly [string, string, string];
  readonly forward: (a: Tensor, b: Tensor) => Tensor;
  readonly peer: (tf: Tf) => readonly [Product, Product, Product];
}

const square = (n: number): Form => ({
  work: 'matmul',
  shape: `${n}³`,
  a: [n, n],
  b: [n, n],
  y: [n, n],
  flops: 2 * n ** 3,
  directions: ['forward', 'gradient of a', 'gradient of b'],
  forward: (a, b) => matmul(a, b),
  peer: (tf) => [
    (a, b) => tf.matMul(a, b),
    (_, b, g) => tf.matMul(g, b, false, true),
    (a, _, g) => tf.matMul(a, g, true, false),
  ],
});

const layer = ([rows, inputs, outputs]: readonly [number, number, number]): Form => ({
  work: 'linear',
  shape: `${rows}×${inputs} · (${outputs}×${inputs})ᵀ`,
  a: [rows, inputs],
  b: [outputs, inputs],
  y: [rows, outputs],
  flops: 2 * rows * inputs * outputs,
  directions: ['forward', 'input gradient', 'weight gradient'],
  forward: (x, weight) => linear(x, weight),
  peer: (tf) => [
    (x, weight) => tf.matMul(x, weight, false, true),
    (_, weight, g) => tf.matMul(g, weight),
    (x, _, g) => tf.matMul(g, x, true, false),
  ],
});

/** Of a, of b, and of y's gradient. */
const valuesOf = ({ a, b, y }: Form) => [a, b, y].map(([rows, columns], seed) => noise(rows * columns, seed));

/** @param direction 0: forward, 1: gradient of a, 2: gradient of b */
function open(form: Form, direction: number, gpu: Gpu) {
  const shapes = [form.a, form.b, form.y];
  const values = valuesOf(form);
  const [a, b, g] = values.map((data, i) => gpu.tensor(data, shapes[i], { requiresGrad: i < 2 }));
  const y = form.forward(a, b);
  const gradient = () => {
    const grad = nodeOf(y)?.backward(g, [direction === 1, direction === 2])[direction - 1];
    if (!grad) throw new Error(`${form.work}: no gradient came back`);
    return grad;
  };
  const run = direction === 0 ? () => form.forward(a, b) : gradient;
  const peer = ({ tf, contestant }: Peer) => {
    const held = values.map((data, i) => tf.tensor(data, [...shapes[i]]));
    const product = form.peer(tf)[direction];
    return contestant({ run: () => product(held[0], held[1], held[2]), held });
  };
  return { ours: ourContestant(gpu, run, [a, b, g, y]), peer };
}

const casesOf = (form: Form): Case[] =>
  form.directions.map((name, direction) => ({
    work: `${form.work}, ${name}`,
    shape: form.shape,
    flops: form.flops,
    bytes: 4 * [form.a, form.b, form.y].reduce((sum, [rows, columns]) => sum + rows * columns, 0),
    target: { of: 'ratio', atLeast: 4 },
    open: (gpu) => open(form, direction, gpu),
  }));

const cases: readonly Case[] = [...SQUARES.map(square), ...LAYERS.map(layer)].flatMap(casesOf);

/** The product of two squares, and its values. */
export function squareCase(n: number) {
  const form = square(n);
  return { one: casesOf(form)[0], values: () => valuesOf(form) };
}

/** Square products and those of linear layers, with both gradients. */
export const matmulSuite: Suite = { name: 'matmul', rows: (bench) => runCases(bench, cases) };
