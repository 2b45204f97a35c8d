import { Linear } from '../../src/nn/layers';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';

export const FEATURES = 3;
const EPSILON = 1e-10;

export interface Toy {
  readonly id: string;
  readonly classes: number;
  /** [N, FEATURES] */
  readonly x: Float32Array<ArrayBuffer>;
  readonly labels: Int32Array<ArrayBuffer>;
}

export function toy(id: string, classes: number, samples: number): Toy {
  const random = new Random(classes, 3);
  return {
    id,
    classes,
    x: Float32Array.from({ length: samples * FEATURES }, () => random.normal()),
    labels: Int32Array.from({ length: samples }, (_, n) => n % classes),
  };
}

export const tasks = [toy('two', 2, 6), toy('four', 4, 9), toy('three', 3, 7)];
export const seeds = [0, 1, 2];

/** Weights [classes][FEATURES + 1], bias last. */
export function weightsOf(task: Toy, seed: number): number[][] {
  const random = new Random(seed, 100 + task.classes);
  return Array.from({ length: task.classes }, () =>
    Array.from({ length: FEATURES + 1 }, () => Math.fround(random.normal())),
  );
}

export const makeNetwork = (gpu: Gpu, task: Toy, seed: number, weights = weightsOf(task, seed)): Linear => {
  const net = new Linear(gpu, FEATURES, task.classes);
  net.weight.write(weights.flatMap((row) => row.slice(0, FEATURES)));
  net.bias?.write(weights.map((row) => row[FEATURES]));
  return net;
};

export function* batchesOf(gpu: Gpu, task: Toy, size = 4) {
  for (let start = 0; start < task.labels.length; start += size) {
    const labels = task.labels.slice(start, start + size);
    const x = task.x.slice(FEATURES * start, FEATURES * (start + size));
    yield { inputs: gpu.tensor(x, [labels.length, FEATURES]), labels: gpu.tensor(labels, [labels.length]) };
  }
}

/** Normalised Fisher [rows][FEATURES + 1] of softmax regression in f64: the gradient is (p − e_y) xᵀ. */
export function fisherOf(weights: number[][], data: Toy, rows: number): number[][] {
  const logitCount = Math.max(weights.length, data.classes);
  const fisher = Array.from({ length: rows }, () => new Array<number>(FEATURES + 1).fill(0));
  data.labels.forEach((label, n) => {
    const x = [...data.x.slice(FEATURES * n, FEATURES * (n + 1)), 1];
    const logits = Array.from({ length: logitCount }, (_, c) =>
      c < weights.length ? weights[c].reduce((sum, w, i) => sum + w * x[i], 0) : 0,
    );
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    weights.forEach((_, c) => {
      const g = Math.exp(logits[c]) / total - Number(c === label);
      x.forEach((value, i) => {
        fisher[c][i] += (g * value) ** 2;
      });
    });
  });
  const sum = fisher.flat().reduce((a, b) => a + b, 0);
  return fisher.map((row) => row.map((value) => value / sum));
}

/** Distances of two normalised Fishers [rows][FEATURES + 1] in f64. */
export function distancesOf(s: number[][], t: number[][], epsilon = EPSILON) {
  const layers = [(row: number[]) => row.slice(0, FEATURES), (row: number[]) => row.slice(FEATURES)];
  const logdet = layers.reduce((total, layer) => {
    const [a, b] = [s.flatMap(layer), t.flatMap(layer)];
    return total + Math.abs(a.reduce((sum, v, i) => sum + Math.log((v + epsilon) / (b[i] + epsilon)), 0));
  }, 0);
  const squares = s.flat().reduce((sum, v, i) => sum + (Math.sqrt(v) - Math.sqrt(t.flat()[i])) ** 2, 0);
  return { logdet: logdet / s.flat().length, frechet: Math.sqrt(squares / 2) };
}

/** Heads padded in the order of the labels. */
export function expectedDistances(source: Toy, target: Toy, seed: number, epsilon = EPSILON) {
  const rows = Math.max(source.classes, target.classes);
  const s = fisherOf(weightsOf(source, seed), target, rows);
  const t = fisherOf(weightsOf(target, seed), target, rows);
  return distancesOf(s, t, epsilon);
}
