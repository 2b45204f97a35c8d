import type { Batch } from '../../src/data/batch';
import { DeviceImages } from '../../src/data/device-images';
import { loadDataset } from '../../src/data/load.node';
import { batchesOf } from '../../src/experiment/scene/splits';
import { settingsOf } from '../../src/experiment/settings/presets';
import { makeNetwork } from '../../src/models/catalogue';
import type { Module } from '../../src/nn/module';
import { Adam } from '../../src/optim/adam';
import { mnistTasks } from '../../src/tasks/catalogue';
import { keepApart } from '../../src/tasks/keep';
import { numClasses, type Split, type Task, taskSplit } from '../../src/tasks/task';
import type { Gpu } from '../../src/tensor/gpu';
import { fit as train } from '../../src/training/fit';

const { training, fisher } = settingsOf('quick', 0);

/** One of MNIST's four tasks, or its twin: the same task with other names for its labels. */
export interface Named {
  readonly id: string;
  readonly task: Task;
  readonly isTwin: boolean;
}

const named = (task: Task, isTwin: boolean): Named => ({
  id: `${task.id}${isTwin ? '~' : ''}`,
  task,
  isTwin,
});
export const TASKS: readonly Named[] = mnistTasks.map((task) => named(task, false));
export const TWINS: readonly Named[] = mnistTasks.map((task) => named(task, true));

/** MNIST as preset `quick` sees it, and networks trained on it. */
export class Networks {
  private readonly trained = new Map<string, Module>();

  private constructor(
    private readonly gpu: Gpu,
    private readonly labels: Uint8Array,
    private readonly images: DeviceImages,
    private readonly parts: ReturnType<typeof keepApart>,
  ) {}

  static async open(gpu: Gpu): Promise<Networks> {
    const { train: part, ...view } = await loadDataset('mnist');
    const parts = keepApart(part.labels, 0.1, { file: 'MNIST' });
    return new Networks(gpu, part.labels, new DeviceImages(gpu, part, view), parts);
  }

  /** First weights and images follow from the seed; a twin has those of its task. */
  async trainedOn(one: Named, seed: number): Promise<Module> {
    const key = `${one.id} ${seed}`;
    const known = this.trained.get(key);
    if (known) return known;
    const { gpu, images } = this;
    gpu.manualSeed(seed);
    const [channels, size] = images.shape;
    const { network, width, epochs, lr } = training;
    const net = makeNetwork(gpu, network, { classes: numClasses(one.task), channels, size, width });
    const adam = new Adam(net.parameters(), { lr });
    const split = this.split(this.parts.rest, one, seed, training.images);
    await train(net, adam, images, split, { name: key, seed, epochs, batchSize: training.batchSize });
    adam.dispose();
    this.trained.set(key, net);
    return net;
  }

  /** Images kept for the Fisher information: all, or every second one, from the first or from the second. */
  batches(one: Named, half?: 0 | 1): Generator<Batch> {
    const { indices, labels } = this.split(this.parts.kept, one, 0, fisher.count);
    const isIn = (_: number, i: number) => half === undefined || i % 2 === half;
    const split = { indices: indices.filter(isIn), labels: labels.filter(isIn) };
    return batchesOf(this.images, split, fisher.batchSize);
  }

  /** A twin's label is the next one of its task's, the first for the last. */
  private split(positions: Uint32Array, { task, isTwin }: Named, seed: number, limit: number): Split {
    const own = Uint8Array.from(positions, (position) => this.labels[position]);
    const { indices, labels } = taskSplit(task, own, seed, { limit });
    const shift = Number(isTwin);
    return {
      indices: indices.map((i) => positions[i]),
      labels: labels.map((label) => (label + shift) % numClasses(task)),
    };
  }
}
