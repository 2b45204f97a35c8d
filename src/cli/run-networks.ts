import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { TaskgradError } from '../../runtime/errors';
import { hasRun, stateIn } from './state';

const ENDING = '.safetensors';
/** What a run trains, by the folders of its state: hand-made networks, and cells trained from scratch. */
const FOLDERS = ['networks', 'finals'] as const;

/** A file of a run's state that `models.load` reads. */
export interface NetworkFile {
  readonly name: string;
  readonly path: string;
}

/**
 * Finds a network that a run has trained, or takes a file such as the demo page saves.
 * @param wanted name of its file without the ending, or how that begins if no other does; or the path of a file, with the
 *   ending
 * @throws TaskgradError `RUN_MISSING`; `NETWORK_UNKNOWN`, which names what there is
 */
export async function findNetwork(run: string, wanted: string): Promise<NetworkFile> {
  if (wanted.endsWith(ENDING)) return { name: basename(wanted, ENDING), path: wanted };
  if (!hasRun(run))
    throw new TaskgradError(
      'RUN_MISSING',
      `${run} holds no run; name a folder that was the --out of taskgrad run, train or search`,
    );
  const all = (await Promise.all(FOLDERS.map((folder) => filesIn(stateIn(run)(folder))))).flat();
  const like = all.filter(({ name }) => name.startsWith(wanted));
  const found = like.find(({ name }) => name === wanted) ?? (like.length === 1 ? like[0] : undefined);
  if (found) return found;
  const names = (like.length > 0 ? like : all).map(({ name }) => name).sort();
  const known = names.length > 0 ? `known are ${names.join(', ')}` : 'it has trained none yet';
  const problem = like.length > 0 ? 'several networks begin with' : 'there is no network';
  throw new TaskgradError('NETWORK_UNKNOWN', `${run}: ${problem} '${wanted}'; ${known}`);
}

/** A run need not have both folders. */
async function filesIn(folder: string): Promise<NetworkFile[]> {
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => file.endsWith(ENDING))
    .map((file) => ({ name: basename(file, ENDING), path: `${folder}/${file}` }));
}
