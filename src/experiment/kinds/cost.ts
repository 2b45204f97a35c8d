/**
 * Seconds that jobs take about, to begin first what takes longest: only their order matters, and that holds on any adapter.
 * Measured with the quick preset on lavapipe.
 */
const SECONDS_A_STEP = 0.02;

interface Steps {
  readonly images: number;
  readonly epochs: number;
  readonly batchSize: number;
}

export const stepsCost = ({ images, epochs, batchSize }: Steps): number =>
  SECONDS_A_STEP * epochs * Math.ceil(images / batchSize);
