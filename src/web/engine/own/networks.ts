import type { DeviceImages } from '../../../data/device-images';
import type { Module } from '../../../nn/module';
import { Adam } from '../../../optim/adam';
import type { Split, Task } from '../../../tasks/task';
import { fit } from '../../../training/fit';
import type { NetworkChoice } from '../../protocol';
import type { Job } from '../job';
import { SEED } from '../lab';
import { copyOut, type HostTensors } from '../snapshot';
import { freshNetwork } from './world';

/** A network of MNIST to compare with. */
const BUDGET = { images: 2000, epochs: 2, batchSize: 64, lr: 2e-3 };
const QUICK_BUDGET = { ...BUDGET, images: 256, epochs: 1 };

/** Networks of MNIST's tasks with the channels of own pictures, trained once and kept outside the GPU. */
export class MnistNetworks {
  private readonly known = new Map<string, HostTensors>();

  /** A trained network, the caller's to dispose of. @throws InterruptedError */
  async network(job: Job, kind: NetworkChoice, task: Task, channels: 1 | 3): Promise<Module> {
    const { lab, signal, tell, quick } = job;
    const net = freshNetwork(lab, kind, task, { channels, quick });
    const key = `${kind}/${channels}/${task.id}`;
    const state = this.known.get(key);
    try {
      if (state) {
        net.loadStateDict(state);
        return net;
      }
      const { images, epochs, batchSize, lr } = quick ? QUICK_BUDGET : BUDGET;
      const text = `Training a network on “${task.name}” to compare with`;
      await learn(net, mnistImages(job, channels).train, lab.split(task, 'train', images), {
        ...{ name: `task ${task.id}`, epochs, batchSize, lr, signal },
        onStep: (done, total) => tell({ type: 'progress', text, done, total }),
      });
      this.known.set(key, await copyOut(net.stateDict()));
      return net;
    } catch (error) {
      net.dispose();
      throw error;
    }
  }
}

/** MNIST with so many channels. */
export const mnistImages = ({ lab }: Job, channels: 1 | 3): { train: DeviceImages; test: DeviceImages } =>
  channels === 1 ? lab : lab.cells;

/** Trains a network with Adam. */
export async function learn(
  net: Module,
  images: DeviceImages,
  part: Split,
  options: {
    readonly name: string;
    readonly epochs: number;
    readonly batchSize: number;
    readonly lr: number;
    readonly signal: AbortSignal;
    readonly onStep: (done: number, total: number) => void;
    readonly onEpoch?: (measure: { loss: number; accuracy: number }) => unknown;
  },
): Promise<void> {
  const { name, epochs, batchSize, lr, signal, onStep, onEpoch } = options;
  const adam = new Adam(net.parameters(), { lr });
  try {
    await fit(net, adam, images, part, {
      ...{ name, epochs, batchSize, signal },
      seed: SEED,
      onStep: ({ epoch, step, steps }) => onStep(epoch * steps + step, epochs * steps),
      onEpoch: (_, measure) => onEpoch?.(measure),
    });
  } finally {
    adam.dispose();
  }
}
