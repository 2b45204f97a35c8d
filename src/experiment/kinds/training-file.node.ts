import type { z } from 'zod';
import type { TrainingState } from '../../nas/evaluate-genotype';
import type { SavedSearch, SaveSearch } from '../../nas/search-state';
import { loadState } from '../../nas/search-state.node';
import { saveTensors } from '../../training/checkpoint.node';
import type { Work } from '../kind';
import { newestWhole } from './whole.node';

const STATE_FILE = 'training.safetensors';

/** A job's file of the weights that it trains: what an interrupted try has left there, and how it is written. */
export async function trainingFile<State extends TrainingState>(
  work: Work,
  schema: z.ZodType<State>,
): Promise<{ readonly resume: SavedSearch<State> | undefined; readonly save: SaveSearch<State> }> {
  const file = work.file(STATE_FILE);
  const load = (path: string) => loadState(path, schema, 'cells in training');
  return {
    resume: await newestWhole(work, file, load),
    save: async (state, tensors) => {
      await saveTensors(file, tensors, state, { keepPrevious: true });
      await work.saved();
    },
  };
}
