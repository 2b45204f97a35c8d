import { graphOf } from '../../autograd/tape';
import type { Module } from '../../nn/module';
import { slice } from '../../ops/reshape';
import type { Tensor } from '../../tensor/tensor';
import { undisturbed } from './hooks';
import { defineScore } from './record';

/** Number of trainable values; edges of a cell that carry nothing have none. */
export const parameters = defineScore({
  name: 'parameters',
  title: 'number of parameters',
  source: 'the plain number',
  steps: 0,
  of: ({ net }) => net.parameterCount(),
});

/**
 * Multiplications of one sample's forward pass in convolutions, linear layers and products of matrices. Biases, norms,
 * pools and sums do not count, and neither does what nothing arrives at.
 */
export const multiplyAdds = defineScore({
  name: 'multiply-adds',
  title: 'multiply-adds of a sample',
  source: 'the plain number',
  steps: 0,
  of: ({ net, batch }) => countMultiplyAdds(net, batch.inputs),
});

/** Per position of the output, by the op's weight; its other sizes are those of the output. */
const PER_OUTPUT: Readonly<Partial<Record<string, (weight: readonly number[]) => number>>> = {
  conv2d: ([, ...rest]) => product(rest),
  linear: ([, inputs]) => inputs,
  matmul: (b) => b[b.length - 2] ?? 1,
};

function countMultiplyAdds(net: Module, inputs: Tensor): number {
  return inputs.gpu.scope(() =>
    undisturbed(net, false, () =>
      graphOf(net.forward(slice(inputs, 0, 0, 1))).reduce((sum, { op, inputs: [, weight], output }) => {
        const each = PER_OUTPUT[op];
        return each && weight ? sum + output.size * each(weight.shape) : sum;
      }, 0),
    ),
  );
}

const product = (lengths: readonly number[]): number => lengths.reduce((a, b) => a * b, 1);
