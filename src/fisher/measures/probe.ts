import { backward } from '../../autograd/backward';
import type { Batches } from '../../data/batch';
import { aModule, type Module } from '../../nn/module';
import { crossEntropy } from '../../ops/cross-entropy';
import { linear } from '../../ops/matmul/linear';
import { Adam } from '../../optim/adam';
import { aCount, checkAll, options as fields, optional } from '../../tensor/guard';
import { diagonal } from '../diagonal';
import { FisherError } from '../errors';
import { aBatches } from '../guard';
import { withoutHead } from '../head';
import { free, type TaskData } from '../side-fisher';
import { headTensors, responsesOf } from './responses';

const STEPS = 300;
const LR = 0.02;

/**
 * Fits the head of a network to a task, and leaves its body as it is: what makes one network, trained on anything, the
 * probe of each task for Task2Vec. The body is walked once, in evaluation mode. The head begins at zeros and takes steps of
 * Adam (rate 0.02, falling to 0) on the mean cross-entropy of all samples together, so that the same samples give the
 * same head.
 * @param net that ends in a linear layer with an output for each class of the task
 * @param options.steps default 300
 * @throws FisherError without samples, or on a network that does not end in a linear layer; StrayLabelError
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 1, 2);
 * const batch = { inputs: gpu.tensor([[-1], [1]]), labels: gpu.tensor(Int32Array.of(0, 1)) };
 * await fisher.fitHead(net, [batch]);
 * net.weight; // [−w, w]: what is above 0 is of class 1
 * ```
 */
export async function fitHead(
  net: Module,
  batches: Batches,
  options: { readonly steps?: number } = {},
): Promise<void> {
  checkAll('fitHead', {
    net: [net, aModule],
    batches: [batches, aBatches],
    options: [options, fields({ steps: optional(aCount) })],
  });
  const { steps = STEPS } = options;
  const { weight, bias } = headTensors('fitHead', net);
  const { features, labels } = await responsesOf('fitHead', net, batches, weight.shape[0]);
  const { gpu } = weight;
  using x = gpu.tensor(Float32Array.from(features.values), [features.rows, features.columns]);
  using y = gpu.tensor(Int32Array.from(labels), [features.rows]);
  const fitted = gpu.zeros(weight.shape, { requiresGrad: true });
  const shift = bias && gpu.zeros(bias.shape, { requiresGrad: true });
  const parameters = new Map([['weight', fitted], ...(shift ? [['bias', shift] as const] : [])]);
  const optimizer = new Adam(parameters, { lr: LR });
  try {
    for (let step = 0; step < steps; step++) {
      for (const group of optimizer.paramGroups) group.lr = LR * (1 - step / steps);
      gpu.scope(() => {
        optimizer.zeroGrad();
        backward(crossEntropy(linear(x, fitted, shift), y));
        optimizer.step();
      });
      await gpu.pace();
    }
    weight.write(await fitted.data());
    if (bias && shift) bias.write(await shift.data());
  } finally {
    optimizer.dispose();
    for (const tensor of parameters.values()) {
      tensor.grad?.dispose();
      tensor.dispose();
    }
  }
}

/**
 * Task2Vec's embedding of a task: the exact Fisher information of a probe network's body on the task's samples, the mean
 * over each filter (each row of a weight of two axes or more; biases and norms are left out, as in the paper).
 * @throws FisherError where the body has no such weights; what `diagonal` throws
 */
export async function embeddingOf(probe: Module, { batches, classes }: TaskData): Promise<Float64Array> {
  const fisher = await diagonal(probe, batches(), { estimator: 'exact', classes });
  try {
    const filters = [...withoutHead(fisher).values()].filter(({ shape }) => shape.length > 1);
    if (filters.length === 0)
      throw new FisherError(
        'measureMatrix: the probe has no weights but its head; give a network with a body to probeOf',
      );
    const values: number[] = [];
    for (const filter of filters) {
      const [count] = filter.shape;
      using flat = filter.alias([count, filter.size / count]);
      using means = filter.gpu.kernels.reduce('sum', flat, [1], false, count / filter.size);
      values.push(...(await means.data()));
    }
    return Float64Array.from(values);
  } finally {
    free(fisher);
  }
}
