import { join, resolve } from 'node:path';

/** Where a command is told that artefacts are. */
export interface StoreChoice {
  readonly store?: string;
  /** Folder of a run. */
  readonly out: string;
}

/** In the run's folder, where no store is named. */
const OWN = 'store';

const named = ({ store }: StoreChoice): string | undefined => store ?? process.env.TASKGRAD_STORE;

/** Where the artefacts of a run are: the store that is named, or one in the run's folder. */
export const storePlace = (choice: StoreChoice): string => named(choice) ?? join(choice.out, OWN);

/** The same as a file in the run's folder says it, which may come to lie elsewhere. */
export function storeFromRun(choice: StoreChoice): string {
  const place = named(choice);
  if (place === undefined) return OWN;
  return isAddress(place) ? place : resolve(place);
}

/** Where a run's artefacts are by what `storeFromRun` has written into its folder. */
export const storeOfRun = (run: string, place: string): string =>
  isAddress(place) ? place : resolve(run, place);

const isAddress = (place: string): boolean => place.includes('://');
