import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TaskgradError } from '../../runtime/errors';
import { NETWORK_FILE } from '../experiment/kinds/network.node';
import { JOBS_FILE, readJobs } from './jobs-file';
import { storeOfRun } from './store/place';
import { storeOf } from './store/store-of';

const ENDING = '.safetensors';
/** Kinds of job whose artefact is a network. */
const TRAINED = ['network', 'baseline', 'winner'];

/** A file that `models.load` reads. */
export interface NetworkFile {
  readonly name: string;
  readonly path: string;
}

/**
 * Finds a network that a run has trained, or takes a file such as the demo page saves.
 * @param wanted what the run calls it, or a part of that if no other has it, such as a cell's hash; or the path of a file, with
 *   the ending
 * @throws TaskgradError `RUN_MISSING`; `NETWORK_UNKNOWN`, which names what there is; DataError on a broken list of jobs
 */
export async function findNetwork(run: string, wanted: string): Promise<NetworkFile> {
  if (wanted.endsWith(ENDING)) return { name: basename(wanted, ENDING), path: wanted };
  if (!existsSync(join(run, JOBS_FILE)))
    throw new TaskgradError(
      'RUN_MISSING',
      `${run} holds no run; name a folder that was the --out of taskgrad run, train or search`,
    );
  const { store: place, jobs } = await readJobs(run);
  const all = jobs.filter(({ kind }) => TRAINED.includes(kind));
  const like = all.filter(({ label }) => label.includes(wanted));
  const found = like.find(({ label }) => label === wanted) ?? (like.length === 1 ? like[0] : undefined);
  if (!found) {
    const names = (like.length > 0 ? like : all).map(({ label }) => `'${label}'`).sort();
    const known = names.length > 0 ? `known are ${names.join(', ')}` : 'it has trained none yet';
    const problem = like.length > 0 ? 'several networks have' : 'there is no network';
    throw new TaskgradError('NETWORK_UNKNOWN', `${run}: ${problem} '${wanted}'; ${known}`);
  }
  const store = storeOf(storeOfRun(run, place));
  const stored = await store.read(found.key);
  if (stored) return { name: found.label, path: join(stored.folder, NETWORK_FILE) };
  throw new TaskgradError(
    'NETWORK_UNKNOWN',
    `${run}: '${found.label}' is no longer in ${store.name}; give the command of the run again`,
  );
}
