import type { Genotype } from '../../nas/genotype';
import { fuse } from '../../nas/methods/fuse';
import type { FuseState } from '../../nas/methods/fuse-state';
import type { SavedSearch } from '../../nas/search-state';
import { randomFor } from '../../nas/seeds';
import { sharesOf } from '../../nas/shares';
import { drawDistinct, standardSpace } from '../../nas/space';
import type { WinnerState } from '../../nas/train-winner';
import type { SearchRound, SearchState, Winner } from '../protocol';
import { trainCell } from './cell-training';
import type { Job } from './job';
import { SEED } from './lab';
import { budgetOf, CANDIDATES, EFFECTS, FRAME, searchedData, searchSettings } from './search-budget';
import { copyOut } from './snapshot';

/** A FUSE search for one task, and its winner trained from scratch. Goes on where it stopped, on any device. */
export class Searcher {
  private task: string | undefined;
  private rounds: SearchRound[] = [];
  private saved: SavedSearch<FuseState> | undefined;
  private found: Genotype | undefined;
  private training: SavedSearch<WinnerState> | undefined;
  private winner: Winner | undefined;

  async search(job: Job, task: string, anew: boolean): Promise<void> {
    if (anew || task !== this.task) this.forget(task);
    this.show(job);
    if (this.winner) return;
    this.found ??= await this.fuse(job, task);
    this.winner = await this.train(job, task, this.found);
    this.show(job);
  }

  private forget(task: string): void {
    this.task = task;
    this.rounds = [];
    this.saved = this.found = this.training = this.winner = undefined;
  }

  private async fuse(job: Job, task: string): Promise<Genotype> {
    const search = searchSettings(job.quick);
    if (this.rounds.length === 0) {
      // The same draw that the search makes: its candidates can be looked at from the start.
      const first = drawDistinct(standardSpace, FRAME, CANDIDATES, randomFor(SEED, 'genotypes', 0));
      this.rounds = [{ candidates: first, shares: [] }];
      this.show(job);
    }
    const { lab, signal, tell } = job;
    const outcome = await fuse(lab.gpu, searchedData(lab, task, job.quick), {
      ...search,
      signal,
      resume: this.saved,
      save: async (state, tensors) => {
        this.saved = { state, tensors: await copyOut(tensors) };
        this.rounds = roundsOf(state);
        this.show(job);
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
      resume: this.training,
      save: (training) => {
        this.training = training;
      },
    });
  }

  private show({ tell, quick }: Job): void {
    const { task, rounds, winner } = this;
    if (task === undefined) return;
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
