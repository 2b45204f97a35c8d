import { join, resolve } from 'node:path';
import { folderStore } from '../experiment/folder-store.node';
import type { Store } from '../experiment/store';

interface Place {
  readonly store?: string;
  readonly out: string;
}

/** In the run's folder, where no store is named. */
const OWN = 'store';

const named = ({ store }: Place): string | undefined => store ?? process.env.TASKGRAD_STORE;

/** Where the artefacts of a run are: the store that is named, or one in the run's folder. */
export const storePlace = (options: Place): string => named(options) ?? join(options.out, OWN);

/** The same as a file in the run's folder says it, which may come to lie elsewhere. */
export const storeFromRun = (options: Place): string => {
  const place = named(options);
  return place === undefined ? OWN : resolve(place);
};

/** Where a run's artefacts are by what `storeFromRun` has written into its folder. */
export const storeOfRun = (run: string, place: string): string => resolve(run, place);

/** @param say told of what was damaged and put aside */
export const openStore = (place: string, say: (text: string) => void): Store => folderStore(place, { say });
