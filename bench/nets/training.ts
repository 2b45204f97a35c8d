import { backward } from '../../src/autograd/backward';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { Adam } from '../../src/optim/adam';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import type { Contestant } from '../contest';
import { noise, permute, sizeOf } from '../data';
import { NCHW_TO_NHWC } from '../layout';
import { ourContestant } from '../ours';
import type { Peer } from '../peer';
import { CLASSES, type PeeredNet, type TimedNet } from './nets';
import { PeerLayers } from './peer-layers';
import { PeerWeights } from './peer-weights';
import { type State, startingState } from './start';

export const LEARNING_RATE = 1e-3;
export const BETAS = [0.9, 0.999] as const;
export const EPSILON = 1e-8;

export interface Images {
  readonly inputs: Tensor;
  readonly labels: Tensor;
}

export const pixelsOf = ({ images }: TimedNet) => noise(sizeOf(images), 1);
export const labelsOf = ({ images }: TimedNet) =>
  Int32Array.from({ length: images[0] }, (_, i) => i % CLASSES);

export function openImages(gpu: Gpu, trained: TimedNet): Images {
  const labels = labelsOf(trained);
  return {
    inputs: gpu.tensor(pixelsOf(trained), trained.images),
    labels: gpu.tensor(labels, [labels.length]),
  };
}

/** Opens a network with the weights that both engines begin with. */
export function openNet(gpu: Gpu, trained: TimedNet) {
  const opened = trained.open(gpu);
  const state = startingState(opened.net.stateDict());
  opened.net.loadStateDict(state);
  return { ...opened, state };
}

export interface OurTraining extends Contestant {
  /** What both engines begin with. */
  readonly state: State;
  /** The same step as `run`, but run by JavaScript each time. */
  readonly eager: () => void;
  /** Compiles what a step needs side by side, as `training.warmUp` does. */
  readonly warmUp: () => Promise<void>;
}

/**
 * One Adam step on the mean cross-entropy of a batch, all gradients freed: our engine's, captured as in `fit`. Makes the
 * loss before the step.
 */
export function openTraining(gpu: Gpu, trained: TimedNet): OurTraining {
  const { net, parameters, forward, state } = openNet(gpu, trained);
  const { inputs, labels } = openImages(gpu, trained);
  const adam = new Adam(parameters, { lr: LEARNING_RATE, betas: BETAS, eps: EPSILON });
  const learn = () =>
    gpu.scope(() => {
      const loss = crossEntropy(forward(inputs), labels);
      backward(loss);
      return loss;
    });
  const step = () => {
    const loss = learn();
    adam.step();
    adam.zeroGrad();
    return loss;
  };
  const captured = gpu.capture(step);
  const contestant = ourContestant(gpu, () => captured.replay(), [inputs, labels]);
  return {
    ...contestant,
    state,
    eager: () => gpu.scope(() => void step()),
    warmUp: () => gpu.warmUp(() => void step()),
    dispose: () => {
      contestant.dispose();
      captured.dispose();
      adam.dispose();
      net.dispose();
    },
  };
}

/** The same step in tfjs. */
export function openPeerTraining({ tf, contestant }: Peer, trained: PeeredNet, state: State): Contestant {
  const weights = new PeerWeights(tf, state);
  const layers = new PeerLayers(tf, weights);
  const [samples, channels, height, width] = trained.images;
  const pixels = permute(pixelsOf(trained), trained.images, NCHW_TO_NHWC);
  const inputs = tf.tensor4d(pixels, [samples, height, width, channels]);
  const oneHot = tf.tidy(() => tf.oneHot(tf.tensor1d(labelsOf(trained), 'int32'), CLASSES));
  const adam = tf.train.adam(LEARNING_RATE, ...BETAS, EPSILON);
  const forward = () => trained.peer(layers, inputs);
  tf.tidy(() => void forward()); // makes the variables
  const variables = weights.all();
  return contestant({
    run: () => {
      const loss = adam.minimize(() => tf.losses.softmaxCrossEntropy(oneHot, forward()), true, variables);
      if (!loss) throw new Error('tfjs: the step gave no loss');
      return loss;
    },
    held: [inputs, oneHot, weights, adam],
  });
}
