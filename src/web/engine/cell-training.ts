import { encodeSafetensors, type StoredTensor } from '../../data/safetensors';
import type { Genotype } from '../../nas/genotype';
import { networkText } from '../../nas/saved-network';
import type { SavedSearch } from '../../nas/search-state';
import { trainWinner, type WinnerState } from '../../nas/train-winner';
import type { Winner } from '../protocol';
import type { Job } from './job';
import { SEED, taskOf } from './lab';
import { finalData, finalOf, finalTest } from './search-budget';
import { copyOut } from './snapshot';

export interface CellTraining {
  readonly task: string;
  readonly genotype: Genotype;
  /** What is under way, in words. */
  readonly text: string;
  readonly resume?: SavedSearch<WinnerState>;
  readonly save?: (training: SavedSearch<WinnerState>) => void;
}

/** Trains a cell from scratch and tests it once. @throws InterruptedError (after saving) */
export async function trainCell(
  { lab, signal, tell, quick }: Job,
  { task, genotype, text, resume, save }: CellTraining,
): Promise<Winner> {
  const { images: _, ...settings } = finalOf(quick);
  const { data, trainImages } = finalData(lab, task, quick);
  const split = finalTest(lab, task);
  const test = { images: lab.cells.test, split };
  const { network, test: measured } = await trainWinner(lab.gpu, data, test, genotype, {
    ...settings,
    seed: SEED,
    signal,
    resume,
    save: async (state, tensors) => save?.({ state, tensors: await copyOut(tensors) }),
    onProgress: ({ done, total }) => tell({ type: 'progress', text, done, total }),
  });
  try {
    const weights = await copyOut(network.stateDict());
    const stored = new Map(
      [...weights].map(([name, value]): [string, StoredTensor] => [name, { ...value, dtype: 'F32' }]),
    );
    const metadata = {
      ...networkText('trainCell', lab.aboutCell(taskOf(task), genotype)),
      genotype: JSON.stringify(genotype),
      task: taskOf(task).name,
    };
    return {
      genotype,
      testError: 1 - measured.accuracy,
      testImages: split.indices.length,
      trainImages,
      parameters: network.parameterCount(),
      safetensors: Uint8Array.from(encodeSafetensors(stored, metadata)),
    };
  } finally {
    network.dispose();
  }
}
