import { noGrad } from '../../src/autograd/tape';
import { resnet18 } from '../../src/models/resnet';
import { NN2, smallCifarNet } from '../../src/models/seed';
import { CellNetwork } from '../../src/nas/cell';
import { type Genotype, makeGenotype } from '../../src/nas/genotype';
import { Mixture } from '../../src/nas/mixture';
import type { OperationName } from '../../src/nas/operations/defined';
import { Conv2d, Flatten, Linear, ReLU, Sequential } from '../../src/nn/layers';
import type { Module } from '../../src/nn/module';
import { MaxPool2d } from '../../src/nn/pools';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { type PeerNet, peerMixture, peerResnet18, peerSmallCifarNet, peerSmallCnn } from './peer-nets';

/** A network that is timed. */
export interface TimedNet {
  readonly name: string;
  /** [N, C, H, W] */
  readonly images: readonly [number, number, number, number];
  readonly open: (gpu: Gpu) => OpenNet;
}

/** A network that tfjs has, too. */
export interface PeeredNet extends TimedNet {
  readonly peer: PeerNet;
}

/** A network whose training is timed, ours and the peers'. */
export interface TrainedNet extends PeeredNet {
  /** Its twin in bench/reference/peer_nets.py. */
  readonly reference: { readonly net: string; readonly genotypes?: readonly Genotype[] };
}

export interface OpenNet {
  readonly net: Module;
  /** What the optimiser moves. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly forward: (x: Tensor) => Tensor;
}

export const CLASSES = 10;
const RESNET_WIDTH = 16;
const PUBLISHED_WIDTH = 64;

/** Cells that together have all the operations but 'none'. tfjs's gradient of average pooling is wrong at borders, so only the images are pooled so. */
const GENOTYPES: readonly Genotype[] = [
  cellOf('sep_conv_3x3', 'skip_connect', 'sep_conv_5x5', 'dil_conv_3x3', 'max_pool_3x3', 'sep_conv_3x3'),
  cellOf('sep_conv_5x5', 'conv_7x1_1x7', 'avg_pool_3x3', 'sep_conv_3x3', 'skip_connect', 'dil_conv_5x5'),
  cellOf('max_pool_3x3', 'sep_conv_7x7', 'skip_connect', 'sep_conv_5x5', 'conv_7x1_1x7', 'dil_conv_3x3'),
];

function cellOf(...operations: OperationName[]): Genotype {
  const [o01, o02, o03, o12, o13, o23] = operations;
  return makeGenotype(4, 3, { '01': o01, '02': o02, '03': o03, '12': o12, '13': o13, '23': o23 });
}

/** All parameters learn. */
export const whole = (net: Module): OpenNet => ({
  net,
  parameters: net.parameters(),
  forward: (x) => net.forward(x),
});

/** As in a FUSE search while the weights learn: α stands still. */
function openMixture(gpu: Gpu): OpenNet {
  const cells = GENOTYPES.map(
    (genotype) => new CellNetwork(gpu, genotype, { classes: CLASSES, size: [28, 28] }),
  );
  const mixture = new Mixture(gpu, cells);
  const forward = (x: Tensor) => {
    const shares = noGrad(() => mixture.shares());
    return mixture.mix(mixture.scores(x), shares);
  };
  return { net: mixture, parameters: mixture.weights(), forward };
}

export const smallCifar: TrainedNet = {
  name: 'small CIFAR net',
  images: [64, 3, 32, 32],
  open: (gpu) => whole(smallCifarNet(gpu, { classes: CLASSES })),
  peer: peerSmallCifarNet,
  reference: { net: 'small CIFAR net' },
};

/** The first network of a page: two convolutions, each pooled, and a layer. */
export const smallCnn: PeeredNet = {
  name: 'small CNN',
  images: [64, 1, 28, 28],
  open: (gpu) =>
    whole(
      new Sequential(
        ...convBlock(gpu, 1, 16),
        ...convBlock(gpu, 16, 32),
        new Flatten(),
        new Linear(gpu, 32 * 7 * 7, CLASSES),
      ),
    ),
  peer: peerSmallCnn,
};

const convBlock = (gpu: Gpu, from: number, to: number) => [
  new Conv2d(gpu, from, to, 3, { padding: 1 }),
  new ReLU(),
  new MaxPool2d(2),
];

export const trainedResnet: TrainedNet = {
  name: `ResNet-18, width ${RESNET_WIDTH}`,
  images: [32, 3, 32, 32],
  open: (gpu) => whole(resnet18(gpu, { classes: CLASSES, width: RESNET_WIDTH / PUBLISHED_WIDTH })),
  peer: peerResnet18,
  reference: { net: 'ResNet-18' },
};

export const TRAINED_NETS: readonly TrainedNet[] = [
  smallCifar,
  trainedResnet,
  {
    name: 'FUSE mixture of 3 cells',
    images: [64, 3, 28, 28],
    open: openMixture,
    peer: peerMixture(GENOTYPES),
    reference: { net: 'mixture', genotypes: GENOTYPES },
  },
];

/** Networks whose Fisher is timed: the paper's, and that of preset quick in quick's batches. */
export const FISHER_NETS: readonly TimedNet[] = [
  smallCifar,
  {
    name: 'NN2 × 0.25',
    images: [100, 1, 28, 28],
    open: (gpu) => whole(NN2(gpu, { classes: CLASSES, width: 0.25 })),
  },
];
