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

/**
 * What follows a job of a stage, as its kind's `tail`: so much that jobs of earlier stages come first. All of an experiment waits
 * for networks and distances, then for cells that are tried, then for searches; nothing waits for last trainings.
 */
export const AHEAD = { network: 4e6, fisher: 3e6, distance: 2e6, evaluate: 1e6, search: 5e5 } as const;

export const stepsCost = ({ images, epochs, batchSize }: Steps): number =>
  SECONDS_A_STEP * epochs * Math.ceil(images / batchSize);
