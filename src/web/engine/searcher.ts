import { encodeSafetensors, type StoredTensor } from '../../data/safetensors';
import type { Genotype } from '../../nas/genotype';
import { fuse } from '../../nas/methods/fuse';
import type { FuseState } from '../../nas/methods/fuse-state';
import { effectOf } from '../../nas/operations/defined';
import { networkText } from '../../nas/saved-network';
import { randomFor } from '../../nas/seeds';
import type { SearchData, SearchSettings } from '../../nas/settings';
import { sharesOf } from '../../nas/shares';
import { drawDistinct, standardSpace } from '../../nas/space';
import { trainWinner } from '../../nas/train-winner';
import { mnistTasks } from '../../tasks/catalogue';
import { holdout, numClasses, type Split } from '../../tasks/task';
import type { SearchRound, SearchState, Winner } from '../protocol';
import type { Job } from './job';
import { type Lab, SEED, taskOf } from './lab';
import { checkSearch, type SearchRecord } from './records';
import { copyOut } from './snapshot';

const FRAME = { nodes: 4, channels: 3 } as const;
const CANDIDATES = 3;
const EFFECTS = Object.fromEntries(standardSpace.operations.map((name) => [name, effectOf(name)]));

/** How much a search computes: minutes on a software adapter, seconds on a GPU. */
const BUDGET = { images: 1024, rounds: 3, stages: 3, weightEpochs: 1, alphaEpochs: 40, batchSize: 64 };
const QUICK = { images: 96, rounds: 2, stages: 2, weightEpochs: 1, alphaEpochs: 10, batchSize: 24 };
const VALIDATION = 0.25;
const FINAL = { images: 6000, epochs: 3, batchSize: 64 };
const QUICK_FINAL = { images: 96, epochs: 1, batchSize: 24 };
const TEST_IMAGES = 2000;

/**
 * A FUSE search for each task, and its winner trained from scratch. Goes on where it stopped, on any device, also when the
 * page is loaded again.
 */
export class Searcher {
  private readonly searches = new Map<string, SearchRecord>();

  /** Takes up the searches that the browser kept. */
  async restore(job: Pick<Job, 'tell' | 'keeper' | 'quick'>): Promise<void> {
    const kept = await Promise.all(mnistTasks.map(({ id }) => job.keeper.read(`search ${id}`, checkSearch)));
    const found = kept.filter((one) => one !== undefined).sort((a, b) => a.at - b.at);
    for (const search of found) {
      this.searches.set(search.task, search);
      this.show(job, search);
    }
  }

  async search(job: Job, task: string, anew: boolean): Promise<void> {
    if (anew) this.searches.delete(task);
    const known = this.searches.get(task);
    this.show(job, known ?? { task, rounds: [], at: 0 });
    if (known?.winner) return;
    const found = known?.found ?? (await this.fuse(job, task));
    this.change(job, task, { found, saved: undefined });
    const winner = await this.train(job, task, found);
    this.change(job, task, { winner, training: undefined });
  }

  forget(): void {
    this.searches.clear();
  }

  /** Takes note of a search's progress, keeps it and shows it. */
  private change(job: Job, task: string, change: Partial<SearchRecord>): void {
    const search = { rounds: [], ...this.searches.get(task), ...change, task, at: Date.now() };
    this.searches.set(task, search);
    job.keeper.write(`search ${task}`, search);
    this.show(job, search);
  }

  private async fuse(job: Job, task: string): Promise<Genotype> {
    const { images, ...settings } = job.quick ? QUICK : BUDGET;
    const search: SearchSettings = {
      ...settings,
      ...FRAME,
      space: standardSpace,
      candidates: CANDIDATES,
      seed: SEED,
    };
    const known = this.searches.get(task);
    if (!known) {
      // The same draw that the search makes: its candidates can be looked at from the start.
      const first = drawDistinct(standardSpace, FRAME, CANDIDATES, randomFor(SEED, 'genotypes', 0));
      this.change(job, task, { rounds: [{ candidates: first, shares: [] }] });
    }
    const { lab, signal, tell } = job;
    const outcome = await fuse(lab.gpu, searchData(lab, task, images), {
      ...search,
      signal,
      resume: known?.saved,
      save: async (state, tensors) => {
        const saved = { state, tensors: await copyOut(tensors) };
        this.change(job, task, { saved, rounds: roundsOf(state) });
      },
      onProgress: ({ done, total, activity }) =>
        tell({ type: 'progress', text: `Searching, ${activity}`, done, total }),
    });
    return outcome.winner;
  }

  private async train(job: Job, task: string, genotype: Genotype): Promise<Winner> {
    const { lab, signal, tell, quick } = job;
    const { images, ...settings } = quick ? QUICK_FINAL : FINAL;
    const split = lab.split(taskOf(task), 'test', TEST_IMAGES);
    const test = { images: lab.cells.test, split };
    const data = searchData(lab, task, images);
    const { network, test: measured } = await trainWinner(lab.gpu, data, test, genotype, {
      ...settings,
      seed: SEED,
      signal,
      resume: this.searches.get(task)?.training,
      save: async (state, tensors) => {
        this.change(job, task, { training: { state, tensors: await copyOut(tensors) } });
      },
      onProgress: ({ done, total }) =>
        tell({ type: 'progress', text: 'Training the winner from scratch', done, total }),
    });
    try {
      const weights = await copyOut(network.stateDict());
      const stored = new Map(
        [...weights].map(([name, value]): [string, StoredTensor] => [name, { ...value, dtype: 'F32' }]),
      );
      const about = lab.aboutCell(taskOf(task), genotype);
      const metadata = {
        ...networkText('Searcher', about),
        genotype: JSON.stringify(genotype),
        task: taskOf(task).name,
      };
      return {
        genotype,
        testError: 1 - measured.accuracy,
        testImages: split.indices.length,
        trainImages: {
          used: data.train.indices.length + data.validation.indices.length,
          all: lab.split(taskOf(task), 'train').indices.length,
        },
        parameters: network.parameterCount(),
        safetensors: Uint8Array.from(encodeSafetensors(stored, metadata)),
      };
    } finally {
      network.dispose();
    }
  }

  private show({ tell, quick }: Pick<Job, 'tell' | 'quick'>, { task, rounds, winner }: SearchRecord): void {
    const { rounds: totalRounds, stages: totalStages } = quick ? QUICK : BUDGET;
    const search: SearchState = { task, rounds, totalRounds, totalStages, effects: EFFECTS, winner };
    tell({ type: 'search', search });
  }
}

function searchData(lab: Lab, task: string, images: number): SearchData {
  const { train, validation } = sides(lab.split(taskOf(task), 'train', images));
  return { images: lab.cells.train, train, validation, classes: numClasses(taskOf(task)) };
}

const sides = (split: Split) => holdout(split, VALIDATION, SEED);

/** Rounds that are over, then the one under way. */
function roundsOf({ rounds, candidates, stages, settings }: FuseState): SearchRound[] {
  const sharesAfter = (list: FuseState['stages']) => list.map(({ alpha }) => sharesOf(alpha));
  const over = rounds.map(({ candidates, stages, winner }) => ({
    candidates,
    winner,
    shares: sharesAfter(stages),
  }));
  return rounds.length === settings.rounds ? over : [...over, { candidates, shares: sharesAfter(stages) }];
}
