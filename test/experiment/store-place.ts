import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderStore, type S3StoreOptions, type Store } from '../../src/experiment/public.node';
import { type S3StoreTimes, s3StoreWith } from '../../src/experiment/s3/store.node';

/** Where a store is, as text for other processes. */
export type StorePlace = { readonly folder: string } | { readonly s3: S3StoreOptions & S3StoreTimes };

/** The store as a process on some machine sees it. */
export const storeAt = (place: StorePlace, say?: (text: string) => void): Store =>
  'folder' in place ? folderStore(place.folder, { say }) : s3StoreWith({ ...place.s3, say }, place.s3);

/** What stores are tested with. */
export interface StoreUnderTest {
  /** A new store's places, as seen from two machines. */
  places(): Promise<readonly [StorePlace, StorePlace]>;
  /** Spoils the only file of an artefact in the store itself. */
  spoil(place: StorePlace, key: string, content: string): Promise<void>;
  /** Whether what a job writes is seen by other machines before it is saved. */
  readonly isShared: boolean;
}

/** Spoils a file of a folder's artefact. */
export async function spoilFile(root: string, key: string, content: string): Promise<void> {
  const folder = join(root, 'artefacts', key.slice(0, 2), key);
  for (const name of await readdir(folder)) {
    if (name !== 'job.json') await writeFile(join(folder, name), content);
  }
}
