import type { Genotype } from '../../nas/genotype';
import { fuse } from '../../nas/methods/fuse';
import type { FuseState } from '../../nas/methods/fuse-state';
import { randomFor } from '../../nas/seeds';
import { sharesOf } from '../../nas/shares';
import { drawDistinct, standardSpace } from '../../nas/space';
import { mnistTasks } from '../../tasks/catalogue';
import type { SearchRound, SearchState, Winner } from '../protocol';
import { trainCell } from './cell-training';
import type { Job } from './job';
import { SEED } from './lab';
import { checkSearch, type SearchRecord } from './records';
import { budgetOf, CANDIDATES, EFFECTS, FRAME, searchedData, searchSettings } from './search-budget';
import { copyOut } from './snapshot';

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
    const search = searchSettings(job.quick);
    const known = this.searches.get(task);
    if (!known) {
      // The same draw that the search makes: its candidates can be looked at from the start.
      const first = drawDistinct(standardSpace, FRAME, CANDIDATES, randomFor(SEED, 'genotypes', 0));
      this.change(job, task, { rounds: [{ candidates: first, shares: [] }] });
    }
    const { lab, signal, tell } = job;
    const outcome = await fuse(lab.gpu, searchedData(lab, task, job.quick), {
      ...search,
      signal,
      resume: known?.saved,
      save: async (state, tensors) => {
        const saved = { state, tensors: await copyOut(tensors) };
        this.change(job, task, { saved, rounds: roundsOf(state) });
      },
      onProgress: ({ done, total, activity }) =>
        tell({ type: 'progress', text: capital(activity), done, total }),
    });
    return outcome.winner;
  }

  private train(job: Job, task: string, genotype: Genotype): Promise<Winner> {
    return trainCell(job, {
      task,
      genotype,
      text: 'The winner, trained from scratch',
      resume: this.searches.get(task)?.training,
      save: (training) => this.change(job, task, { training }),
    });
  }

  private show({ tell, quick }: Pick<Job, 'tell' | 'quick'>, { task, rounds, winner }: SearchRecord): void {
    const { rounds: totalRounds, stages: totalStages } = budgetOf(quick);
    const search: SearchState = { task, rounds, totalRounds, totalStages, effects: EFFECTS, winner };
    tell({ type: 'search', search });
  }
}

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

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
