import { useState } from 'preact/hooks';

/** What a person did in the panels that stands in no address. A panel that is left and opened again finds it as it was. */
interface Kept {
  /** From which test image on Fisher information is drawn. */
  first: number;
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
