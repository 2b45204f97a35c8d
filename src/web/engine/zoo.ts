import type { Module } from '../../nn/module';
import { Adam } from '../../optim/adam';
import type { Task } from '../../tasks/task';
import { fit } from '../../training/fit';
import type { NetworkChoice } from '../protocol';
import type { Job } from './job';
import { SEED } from './lab';
import { copyOut, type HostTensors } from './snapshot';

/** How the networks are trained that distances are measured with: all alike, since else they would not compare. */
const BUDGET = { images: 2000, epochs: 2, batchSize: 64, lr: 2e-3 };
const QUICK_BUDGET = { ...BUDGET, images: 256, epochs: 1 };

/** One trained network for each task, kind and seed, kept outside the GPU. */
export class Zoo {
  private readonly known = new Map<string, HostTensors>();

  /** A trained network, the caller's to dispose of. @throws InterruptedError */
  async network(
    { lab, signal, tell, quick }: Job,
    kind: NetworkChoice,
    task: Task,
    seed = SEED,
  ): Promise<Module> {
    const net = lab.network(kind, task, seed);
    const key = `${kind}/${task.id}/${seed}`;
    const state = this.known.get(key);
    if (state) {
      net.loadStateDict(state);
      return net;
    }
    const { images, epochs, batchSize, lr } = quick ? QUICK_BUDGET : BUDGET;
    const adam = new Adam(net.parameters(), { lr });
    const text = `Training a network on “${task.name}”`;
    try {
      await fit(net, adam, lab.train, lab.split(task, 'train', images), {
        name: `task ${task.id}`,
        epochs,
        batchSize,
        seed,
        signal,
        onStep: ({ epoch, step, steps }) =>
          tell({ type: 'progress', text, done: epoch * steps + step, total: epochs * steps }),
      });
      this.known.set(key, await copyOut(net.stateDict()));
      return net;
    } catch (error) {
      net.dispose();
      throw error;
    } finally {
      adam.dispose();
    }
  }
}
