import type { Storage } from './storage';
import type { Tensor } from './tensor';

/** Elements that somebody relies on: the storage as it was at a version. */
export interface Relied {
  readonly storage: Storage;
  readonly version: number;
}

/** Told of a tensor that is read after its elements changed. It throws. */
export type StaleRead = (tensor: Tensor, changedBy: string) => never;

let guard: { readonly relied: readonly Relied[]; readonly stale: StaleRead } | undefined;

export const reliedOn = ({ storage }: Tensor): Relied => ({ storage, version: storage.version });

/** Runs `work`, in which none of these storages may be read once it changed. @throws what `stale` does, else */
export function guardReads<T>(relied: readonly Relied[], stale: StaleRead, work: () => T): T {
  const outer = guard;
  guard = { relied, stale };
  try {
    return work();
  } finally {
    guard = outer;
  }
}

/** A tensor is about to be read. */
export function checkRead(tensor: Tensor): void {
  if (!guard) return;
  const { relied, stale } = guard;
  const { storage } = tensor;
  for (const one of relied)
    if (one.storage === storage && one.version !== storage.version) stale(tensor, storage.changedBy);
}
