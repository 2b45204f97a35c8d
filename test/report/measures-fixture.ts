import type { MeasureFacts } from '../../src/report/measure-matrices';

/** LEEP of three tasks under two seeds, [source][target]; the most is the nearest. */
export const LEEP = [
  [
    [-0.1, -2, -1],
    [-3, -0.2, -2],
    [-1, -4, -0.3],
  ],
  [
    [-0.3, -2, -2],
    [-1, -0.2, -1],
    [-2, -2, -0.5],
  ],
];
export const IDS = ['a', 'b', 'c'];

/** What was found of them, and nulls of −1, −1.5 and −2. */
export const FACTS: MeasureFacts = {
  adapter: { kind: 'lavapipe', description: 'a software adapter', software: true },
  network: 'NN2 × 0.25',
  images: 'held-out',
  seeds: [0, 1],
  tasks: IDS.map((id) => ({ id, name: `${id} <&> rest`, dataset: 'MNIST' })),
  names: ['leep'],
  cells: LEEP.flatMap((matrix, seed) =>
    IDS.flatMap((source, s) =>
      IDS.map((target, t) => ({ seed, source, target, values: { leep: matrix[s][t] } })),
    ),
  ),
  nulls: IDS.map((id, i) => ({ seed: 0, source: id, target: id, values: { leep: -1 - i / 2 } })),
};
