import type { NetworkName } from '../../models/catalogue';
import type { TrainingSettings } from '../settings/presets';

/**
 * Seconds that jobs take about, to begin first what takes longest: only their order matters, and that holds on any adapter.
 * Measured with the quick preset on lavapipe.
 */
const SECONDS_A_STEP = 0.02;

/** Of training, for an image of 3×32×32, as `npm run scaling` counts it. */
const GFLOP_AN_IMAGE: Readonly<Record<NetworkName, number>> = {
  NN1: 0.29,
  NN2: 0.017,
  NN3: 0.5,
  smallCifarNet: 0.038,
  vgg11: 0.91,
  vgg16: 1.9,
  resnet18: 3.3,
  resnet34: 7,
  densenet121: 5.3,
  densenet161: 15,
  mobileNetV2: 0.53,
};
/** On the machine of that count. */
const GFLOP_A_SECOND = 21;

interface Steps {
  readonly images: number;
  readonly epochs: number;
  readonly batchSize: number;
}

/**
 * Seconds of what follows a job, as its kind's `tail`, in preset `paper` on that machine: after networks come Fishers, distances,
 * cells that are tried, searches, and their winners' trainings. In smaller presets it has earlier stages come first.
 */
export const AHEAD = {
  network: 275e3,
  fisher: 274e3,
  distance: 273e3,
  evaluate: 272e3,
  search: 2e3,
} as const;

export const stepsCost = ({ images, epochs, batchSize }: Steps): number =>
  SECONDS_A_STEP * epochs * Math.ceil(images / batchSize);

/** Of a hand-made network, whose layers cost with the square of its width. */
export const networkCost = (training: Omit<TrainingSettings, 'augment'>): number => {
  const { network, width, images, epochs } = training;
  return stepsCost(training) + (epochs * images * GFLOP_AN_IMAGE[network] * width ** 2) / GFLOP_A_SECOND;
};
