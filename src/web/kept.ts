import { useState } from 'preact/hooks';
import type { DistanceKind } from '../report/distance-kind';
import type { FisherSettings, NetworkChoice } from './protocol';

/** What a person chose in the panels. A panel that is left and opened again finds it as it was. */
interface Kept {
  /** Whose Fisher information and distances are looked at, in two panels alike. */
  network: NetworkChoice;
  distance: DistanceKind;
  fisher: Omit<FisherSettings, 'network'>;
  /** Task of the search. */
  task: string;
  /** The drawing. */
  ink: Uint8Array | undefined;
}

const kept: Partial<Kept> = {};

/** As useState, with a value that outlives the panel. `initial` stands until there is one, and may change. */
export function useKept<K extends keyof Kept>(key: K, initial: Kept[K]): [Kept[K], (value: Kept[K]) => void] {
  const [value, setValue] = useState<Kept[K] | undefined>(() => kept[key]);
  const keep = (next: Kept[K]) => {
    kept[key] = next;
    setValue(() => next);
  };
  return [value ?? initial, keep];
}
