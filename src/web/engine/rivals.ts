import type { Genotype } from '../../nas/genotype';
import { randomSearch } from '../../nas/methods/random-search';
import { Adam } from '../../optim/adam';
import { mnistTasks } from '../../tasks/catalogue';
import { evaluate } from '../../training/evaluate';
import { fit } from '../../training/fit';
import type { NetworkChoice, Rival } from '../protocol';
import { trainCell } from './cell-training';
import type { Job } from './job';
import { SEED, taskOf } from './lab';
import { type ComparisonRecord, checkComparison } from './records';
import { finalOf, finalTest, searchedData, searchSettings } from './search-budget';
import { copyOut } from './snapshot';
import type { Tell } from './tell';

const HAND_MADE: readonly NetworkChoice[] = ['smallCifarNet', 'NN2'];
/** As winners learn: it falls to 0 by a cosine. */
const RATE = 2e-3;

/**
 * What a search's winner has to stand beside: the cell that random search finds on the same budget, and networks made by
 * hand. All are trained on the images that the winner learns from, as long, and tested on the same images. Goes on where
 * it stopped, on any device.
 */
export class Rivals {
  /** By task. */
  private readonly known = new Map<string, ComparisonRecord>();

  /** Takes up what the browser kept. */
  async restore({ tell, keeper }: Pick<Job, 'tell' | 'keeper'>): Promise<void> {
    for (const { id } of mnistTasks) {
      const kept = await keeper.read(`comparison ${id}`, checkComparison);
      if (!kept) continue;
      this.known.set(id, kept);
      show(tell, kept);
    }
  }

  async compare(job: Job, task: string): Promise<void> {
    show(job.tell, this.of(task));
    const steps = [
      () => this.random(job, task),
      ...HAND_MADE.map((network) => () => handMade(job, task, network)),
    ];
    for (const step of steps.slice(this.of(task).rivals.length)) {
      const rival = await step();
      const random = undefined; // which is over
      this.change(job, task, { rivals: [...this.of(task).rivals, rival], random });
      show(job.tell, this.of(task));
    }
  }

  forget(): void {
    this.known.clear();
  }

  private of(task: string): ComparisonRecord {
    return this.known.get(task) ?? { task, rivals: [] };
  }

  private change({ keeper }: Job, task: string, change: Partial<ComparisonRecord>): void {
    const next = { ...this.of(task), ...change };
    this.known.set(task, next);
    keeper.write(`comparison ${task}`, next);
  }

  private async random(job: Job, task: string): Promise<Rival> {
    const found = this.of(task).random?.found ?? (await this.searchAtRandom(job, task));
    const { testError, parameters } = await trainCell(job, {
      task,
      genotype: found,
      text: 'The cell of random search, trained from scratch',
      resume: this.of(task).random?.training,
      save: (training) => this.change(job, task, { random: { found, training } }),
    });
    return { kind: 'random', testError, parameters, genotype: found };
  }

  private async searchAtRandom(job: Job, task: string): Promise<Genotype> {
    const { lab, signal, tell, quick } = job;
    const { winner: found } = await randomSearch(lab.gpu, searchedData(lab, task, quick), {
      ...searchSettings(quick),
      signal,
      resume: this.of(task).random?.searched,
      save: async (state, tensors) => {
        const searched = { state, tensors: await copyOut(tensors) };
        this.change(job, task, { random: { searched } });
      },
      onProgress: ({ done, total, activity }) =>
        tell({ type: 'progress', text: `Random search, ${activity}`, done, total }),
    });
    this.change(job, task, { random: { found } });
    return found;
  }
}

function show(tell: Tell, { task, rivals }: ComparisonRecord): void {
  tell({ type: 'comparison', comparison: { task, rivals, total: 1 + HAND_MADE.length } });
}

/** A network made by hand, trained as winners are. */
async function handMade(
  { lab, signal, tell, quick }: Job,
  task: string,
  kind: NetworkChoice,
): Promise<Rival> {
  const { images, epochs, batchSize } = finalOf(quick);
  const net = lab.network(kind, taskOf(task));
  const adam = new Adam(net.parameters(), { lr: RATE });
  try {
    await fit(net, adam, lab.train, lab.split(taskOf(task), 'train', images), {
      ...{ name: kind, epochs, batchSize, seed: SEED, signal },
      schedule: (epoch) => (RATE * (1 + Math.cos((Math.PI * epoch) / epochs))) / 2,
      onStep: ({ epoch, step, steps }) =>
        tell({
          type: 'progress',
          text: 'A network made by hand, trained from scratch',
          done: epoch * steps + step,
          total: epochs * steps,
        }),
    });
    const { accuracy } = await evaluate(net, lab.test, finalTest(lab, task), batchSize);
    return { kind, testError: 1 - accuracy, parameters: net.parameterCount() };
  } finally {
    adam.dispose();
    net.dispose();
  }
}
