import type { Genotype } from '../../nas/genotype';
import { type RandomState, randomSearch } from '../../nas/methods/random-search';
import type { SavedSearch } from '../../nas/search-state';
import type { WinnerState } from '../../nas/train-winner';
import { Adam } from '../../optim/adam';
import { evaluate } from '../../training/evaluate';
import { fit } from '../../training/fit';
import type { NetworkChoice, Rival } from '../protocol';
import { trainCell } from './cell-training';
import type { Job } from './job';
import { SEED, taskOf } from './lab';
import { finalOf, finalTest, searchedData, searchSettings } from './search-budget';
import { copyOut } from './snapshot';

const HAND_MADE: readonly NetworkChoice[] = ['smallCifarNet', 'NN2'];
/** As winners learn: it falls to 0 by a cosine. */
const RATE = 2e-3;

/**
 * What a search's winner has to stand beside: the cell that random search finds on the same budget, and networks made by
 * hand. All are trained on the images that the winner learns from, as long, and tested on the same images. Goes on where
 * it stopped, on any device.
 */
export class Rivals {
  private task: string | undefined;
  private rivals: Rival[] = [];
  private searched: SavedSearch<RandomState> | undefined;
  private found: Genotype | undefined;
  private training: SavedSearch<WinnerState> | undefined;

  async compare(job: Job, task: string): Promise<void> {
    if (task !== this.task) {
      this.forget();
      this.task = task;
    }
    this.show(job);
    const steps = [
      () => this.random(job, task),
      ...HAND_MADE.map((network) => () => handMade(job, task, network)),
    ];
    for (const step of steps.slice(this.rivals.length)) {
      this.rivals.push(await step());
      this.show(job);
    }
  }

  forget(): void {
    this.rivals = [];
    this.task = this.searched = this.found = this.training = undefined;
  }

  private async random(job: Job, task: string): Promise<Rival> {
    const { lab, signal, tell, quick } = job;
    this.found ??= (
      await randomSearch(lab.gpu, searchedData(lab, task, quick), {
        ...searchSettings(quick),
        signal,
        resume: this.searched,
        save: async (state, tensors) => {
          this.searched = { state, tensors: await copyOut(tensors) };
        },
        onProgress: ({ done, total, activity }) =>
          tell({ type: 'progress', text: `Random search, ${activity}`, done, total }),
      })
    ).winner;
    const { testError, parameters } = await trainCell(job, {
      task,
      genotype: this.found,
      text: 'The cell of random search, trained from scratch',
      resume: this.training,
      save: (training) => {
        this.training = training;
      },
    });
    return { kind: 'random', testError, parameters, genotype: this.found };
  }

  private show({ tell }: Job): void {
    if (this.task === undefined) return;
    const rivals = [...this.rivals];
    tell({ type: 'comparison', comparison: { task: this.task, rivals, total: 1 + HAND_MADE.length } });
  }
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
