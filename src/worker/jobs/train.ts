import { split as cut, whole } from '../../data/split';
import { makeNetwork, type NetworkName } from '../../models/catalogue';
import { encode } from '../../nas/saved-network';
import { Adam } from '../../optim/adam';
import type { Gpu } from '../../tensor/gpu';
import { evaluate } from '../../training/evaluate';
import { fit } from '../../training/fit';
import type { Measure } from '../../training/stats';
import type { JobContext } from '../job';
import { bring, type LabelledPictures } from './pictures';

/** What `train` is given. */
export interface TrainInput extends LabelledPictures {
  /** A hand-made network's name; default 'NN2', a perceptron. */
  readonly network?: NetworkName;
  /** Factor on its hidden widths; default 0.25. */
  readonly width?: number;
  /** How often all pictures are seen; default 10. */
  readonly epochs?: number;
  /** Pictures of a step; default 32. */
  readonly batchSize?: number;
  /** Of Adam; default 0.001. */
  readonly learningRate?: number;
  /** Share of every class that is measured and not learnt from; default 0.2. With 0 there is no test. */
  readonly test?: number;
  /** Draws weights, orders pictures; default 1. */
  readonly seed?: number;
}

/** What `train` tells on the way: after each step `done` grows, after each epoch there is its measure. */
export interface TrainReport {
  /** Steps made. */
  readonly done: number;
  /** Steps in all. */
  readonly total: number;
  /** Of the epoch that has ended with this step: loss in nats, accuracy in [0, 1]. */
  readonly epoch?: Measure;
}

/** What `train` gives. */
export interface TrainResult {
  /** The network, as a file for `models.load`, `taskgrad`'s commands and the jobs `classify` and `distance`. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** Names of the classes, in the order of the network's outputs. */
  readonly classes: readonly string[];
  /** Loss and accuracy on the pictures kept apart, where there are any. */
  readonly test?: Measure;
}

/** Trains a network of the catalogue on labelled pictures. */
export async function train(
  gpu: Gpu,
  input: TrainInput,
  { report, give, signal }: JobContext<TrainReport>,
): Promise<TrainResult> {
  const { network = 'NN2', width = 0.25, epochs = 10, batchSize = 32, seed = 1 } = input;
  const { learningRate = 1e-3, test: share = 0.2 } = input;
  const { set, images } = bring(gpu, input);
  const [channels, height] = set.shape;
  const classes = set.classes.length;
  gpu.manualSeed(seed);
  const net = makeNetwork(gpu, network, { classes, channels, size: height, width });
  const adam = new Adam(net.parameters(), { lr: learningRate });
  try {
    const [learnt, apart] = share > 0 ? cut(set, [1 - share, share], { seed }) : [whole(set)];
    let [done, total] = [0, 0];
    await fit(net, adam, images, learnt, {
      ...{ name: 'train', epochs, batchSize, seed, signal },
      onStep: ({ epoch, step, steps }) => {
        [done, total] = [epoch * steps + step, epochs * steps];
        void report({ done, total }, { replaces: 'step' });
      },
      onEpoch: (_, { loss, accuracy }) => report({ done, total, epoch: { loss, accuracy } }),
    });
    const test = apart && (await evaluate(net, images, apart, batchSize));
    const about = {
      network,
      width,
      classes: set.classes,
      inputShape: set.shape,
      mean: set.mean,
      std: set.std,
    };
    const file = Uint8Array.from(await encode(net, about));
    return give({ file, classes: set.classes, test }, [file.buffer]);
  } finally {
    adam.dispose();
    net.dispose();
    images.dispose();
  }
}
