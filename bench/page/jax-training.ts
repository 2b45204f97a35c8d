import { type Array as JaxArray, jit, lax, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import type { Contestant } from '../contest';
import { CLASSES, type TimedNet } from '../nets/nets';
import type { State } from '../nets/start';
import { BETAS, EPSILON, LEARNING_RATE, labelsOf, pixelsOf } from '../nets/training';
import { jaxArray, jaxContestant } from './jax';

/** Parameters by our names; each is taken over where it is used. */
type Weights = { [name: string]: JaxArray };

/** A network in jax-js: images [N, C, H, W] to logits. */
export type JaxNet = (weights: Weights, x: JaxArray) => JaxArray;

/** Keeps the size; then halves it. */
function pooledConv(weights: Weights, x: JaxArray, name: string): JaxArray {
  const kernel = weights[`${name}.weight`];
  const padding = kernel.shape
    .slice(2)
    .map((length): [number, number] => [(length - 1) / 2, (length - 1) / 2]);
  const bias = weights[`${name}.bias`].reshape([1, -1, 1, 1]);
  const y = lax.convGeneralDilated(x, kernel, [1, 1], padding).add(bias);
  return lax.reduceWindow(nn.relu(y), np.max, [1, 1, 2, 2], [1, 1, 2, 2]);
}

/** Flattens what it is given. */
function linear(weights: Weights, x: JaxArray, name: string): JaxArray {
  const rows = x.reshape([x.shape[0], -1]);
  return np.matmul(rows, weights[`${name}.weight`].transpose()).add(weights[`${name}.bias`]);
}

/** As `smallCnn`. */
export const jaxSmallCnn: JaxNet = (weights, x) =>
  linear(weights, pooledConv(weights, pooledConv(weights, x, '0'), '3'), '7');

/** As `smallCifarNet`. */
export const jaxSmallCifarNet: JaxNet = (weights, x) => {
  const features = pooledConv(weights, pooledConv(weights, x, 'encoder.0'), 'encoder.3');
  const wide = nn.relu(linear(weights, features, 'encoder.7'));
  return linear(weights, nn.relu(linear(weights, wide, 'encoder.9')), 'classifier');
};

/** Parameters, Adam's means of their gradients and of the squares, and powers of β₁ and β₂. */
type Training = { weights: Weights; means: Weights; squares: Weights; powers: [JaxArray, JaxArray] };

const mapped = (weights: Weights, to: (array: JaxArray, name: string) => JaxArray): Weights =>
  Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, to(array, name)]));

/** One Adam step on the mean cross-entropy of a batch, as one compiled function. Makes the loss before the step. */
export function openJaxTraining(timed: TimedNet, net: JaxNet, state: State): Contestant {
  const labels = labelsOf(timed);
  const oneHot = Float32Array.from({ length: labels.length * CLASSES }, (_, i) =>
    Number(labels[Math.floor(i / CLASSES)] === i % CLASSES),
  );
  const batch = [jaxArray(pixelsOf(timed), timed.images), jaxArray(oneHot, [labels.length, CLASSES])];
  const lossOf = (weights: Weights, x: JaxArray, hot: JaxArray): JaxArray =>
    np.sum(nn.logSoftmax(net(weights, x)).mul(hot)).mul(-1 / labels.length);
  const [beta1, beta2] = BETAS;

  const step = jit((before: Training, x: JaxArray, hot: JaxArray) => {
    const { weights, means, squares } = before;
    const lent = mapped(weights, ({ ref }) => ref);
    const [loss, grads] = valueAndGrad(lossOf)(lent, x, hot) as [JaxArray, Weights];
    const powers: [JaxArray, JaxArray] = [before.powers[0].mul(beta1), before.powers[1].mul(beta2)];
    const [left1, left2] = powers.map((power) => np.subtract(1, power.ref));
    const after: Training = {
      means: mapped(means, (mean, name) => mean.mul(beta1).add(grads[name].ref.mul(1 - beta1))),
      squares: mapped(squares, (square, name) => {
        const grad = grads[name];
        return square.mul(beta2).add(grad.ref.mul(grad).mul(1 - beta2));
      }),
      powers,
      weights: {},
    };
    after.weights = mapped(weights, (weight, name) => {
      const spread = np.sqrt(after.squares[name].ref.div(left2.ref)).add(EPSILON);
      return weight.sub(after.means[name].ref.div(left1.ref).div(spread).mul(LEARNING_RATE));
    });
    left1.dispose();
    left2.dispose();
    return { after, loss };
  });

  const zeros = (): Weights =>
    Object.fromEntries([...state].map(([name, { shape }]) => [name, np.zeros([...shape])]));
  let training: Training = {
    weights: Object.fromEntries([...state].map(([name, { data, shape }]) => [name, jaxArray(data, shape)])),
    means: zeros(),
    squares: zeros(),
    powers: [np.array(1), np.array(1)],
  };
  const run = (): JaxArray => {
    const { after, loss } = step(training, batch[0].ref, batch[1].ref) as { after: Training; loss: JaxArray };
    training = after;
    return loss;
  };
  const held = (): JaxArray[] => {
    const { weights, means, squares, powers } = training;
    return [weights, means, squares].flatMap((each) => Object.values(each)).concat(powers, batch);
  };
  return jaxContestant(run, held);
}
