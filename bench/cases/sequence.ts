import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import { grad } from '../../src/autograd/backward';
import { LSTM } from '../../src/nn/recurrent-layers';
import { scaledDotProductAttention } from '../../src/ops/attention';
import { layerNorm } from '../../src/ops/norms';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import type { Suite } from '../bench';
import { type Case, runCases } from '../case';
import { noise, sizeOf } from '../data';
import { ourContestant } from '../ours';
import type { Peer, Tf } from '../peer';

type Shape = readonly number[];

/** y = f(inputs), and its first input's gradient after another forward pass; as tfjs composes it of what it has. */
interface Form {
  readonly work: string;
  readonly shape: string;
  readonly inputs: readonly Shape[];
  readonly output: Shape;
  readonly forward: (inputs: readonly Tensor[]) => Tensor;
  readonly peer: (tf: Tf, inputs: readonly TfTensor[]) => TfTensor;
}

const EPS = 1e-5;

/** Samples × heads, queries and keys, features. */
const attention = ([heads, length, features]: readonly [number, number, number]): Form => {
  const shape = [heads, length, features];
  return {
    work: 'attention',
    shape: `${heads} heads, ${length} × ${length}, ${features} features`,
    inputs: [shape, shape, shape],
    output: shape,
    forward: ([q, k, v]) => scaledDotProductAttention(q, k, v),
    peer: (tf, [q, k, v]) => {
      const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(features));
      return tf.matMul(tf.softmax(scores), v);
    },
  };
};

const normalised = ([rows, length]: readonly [number, number]): Form => ({
  work: 'layer norm',
  shape: `${rows} × ${length}`,
  inputs: [[rows, length], [length], [length]],
  output: [rows, length],
  forward: ([x, weight, bias]) => layerNorm(x, length, { weight, bias, eps: EPS }),
  peer: (tf, [x, weight, bias]) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const unit = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPS)));
    return tf.add(tf.mul(unit, weight), bias);
  },
});

/** Samples, tokens, features, which the state has, too. The inputs are x and the weights of both sides in PyTorch's layout. */
const lstm = ([samples, length, width]: readonly [number, number, number]): Form => ({
  work: 'LSTM',
  shape: `${samples} × ${length} tokens, ${width} features`,
  inputs: [
    [samples, length, width],
    [4 * width, width],
    [4 * width, width],
  ],
  output: [samples, length, width],
  forward: ([x, input, hidden]) => {
    const layer = new LSTM(x.gpu, width, width, { batchFirst: true, bias: false });
    layer.dispose();
    Object.assign(layer, { weight_ih_l0: input, weight_hh_l0: hidden });
    return layer.forward(x);
  },
  peer: (tf, [x, input, hidden]) => {
    // Gates in tfjs's order, i, g, f, o.
    const gates = (weight: TfTensor) => {
      const [i, f, g, o] = tf.split(weight, 4, 0);
      return tf.transpose(tf.concat([i, g, f, o], 0));
    };
    const kernel = tf.concat([gates(input), gates(hidden)], 0) as ReturnType<Tf['tensor2d']>;
    const bias = tf.zeros([4 * width]) as ReturnType<Tf['tensor1d']>;
    const zeros = () => tf.zeros([samples, width]) as ReturnType<Tf['tensor2d']>;
    let [cell, state] = [zeros(), zeros()];
    const outputs = tf.unstack(x, 1).map((token) => {
      [cell, state] = tf.basicLSTMCell(tf.scalar(0), kernel, bias, token as typeof cell, cell, state);
      return state;
    });
    return tf.stack(outputs, 1);
  },
});

function open(form: Form, withGradient: boolean, gpu: Gpu) {
  const values = [...form.inputs, form.output].map((shape, seed) => noise(sizeOf(shape), seed));
  const g = gpu.tensor(values[form.inputs.length], form.output);
  const inputs = form.inputs.map((shape, i) =>
    gpu.tensor(values[i], shape, { requiresGrad: withGradient && i === 0 }),
  );
  const run = () => (withGradient ? grad(form.forward(inputs), [inputs[0]], g)[0] : form.forward(inputs));
  const peer = ({ tf, contestant }: Peer) => {
    const held = form.inputs.map((shape, i) => tf.tensor(values[i], [...shape]));
    const dy = tf.tensor(values[form.inputs.length], [...form.output]);
    const gradient = tf.grad((x: TfTensor) => form.peer(tf, [x, ...held.slice(1)]));
    return contestant({
      run: () => (withGradient ? gradient(held[0], dy) : form.peer(tf, held)),
      held: [...held, dy],
    });
  };
  return { ours: ourContestant(gpu, run, [...inputs, g]), peer };
}

const forms = [
  ...(
    [
      [32, 128, 32],
      [8, 512, 64],
    ] as const
  ).map(attention),
  ...(
    [
      [4096, 256],
      [512, 2048],
    ] as const
  ).map(normalised),
  lstm([32, 32, 64]),
];

const cases: readonly Case[] = forms.flatMap((form) =>
  [false, true].map((withGradient) => ({
    work: `${form.work}, ${withGradient ? 'forward and gradient' : 'forward'}`,
    shape: form.shape,
    target: { of: 'ratio' as const, atLeast: 2 },
    open: (gpu: Gpu) => open(form, withGradient, gpu),
  })),
);

/** What transformers and recurrent networks are made of. */
export const sequenceSuite: Suite = { name: 'sequence', rows: (bench) => runCases(bench, cases) };
