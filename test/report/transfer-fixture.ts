import { transferOf } from '../../src/report/transfer';

const pair = (source: string, target: string, logdet: number, accuracy: number) => ({
  seed: 0,
  source,
  target,
  logdet,
  frechet: 0.5,
  accuracy,
  scratch: 0.5,
});

/** A transfer check of two tasks. */
export const TRANSFER = transferOf({
  adapter: { kind: 'lavapipe', description: 'a software adapter', software: true },
  network: 'NN2 × 0.25',
  estimator: 'empirical',
  seeds: [0],
  samples: 50,
  epochs: 3,
  batchSize: 20,
  lr: 1e-3,
  runs: [pair('a', 'b', 1, 0.7), pair('b', 'a', 2, 0.6)],
  tasks: ['a', 'b'].map((id) => ({ id, name: id })),
});
