import { join } from 'node:path';
import { Option } from 'commander';
import envPaths from 'env-paths';
import { TaskgradError } from '../../../runtime/errors';
import { folderStore } from '../../experiment/folder-store.node';
import { s3Store } from '../../experiment/s3/store.node';
import type { Store } from '../../experiment/store';

const cacheFolder = (): string => envPaths('taskgrad', { suffix: '' }).cache;

/** A folder, or s3://BUCKET/PREFIX, which may end in ?endpoint=URL&region=NAME. */
export const storeOption = () =>
  new Option(
    '--store <place>',
    'where artefacts are kept, and what is there is not computed again: a folder, or s3://BUCKET/PREFIX (with ?endpoint=URL if need be; AWS_ACCESS_KEY_ID and its like say who asks) (default: $TASKGRAD_STORE, or the folder store in --out)',
  );

/**
 * The store that a text names.
 * @param say told in a sentence of what was damaged and put aside
 * @throws TaskgradError `STORE_NAME` on an address of another kind; StoreError, ArgumentError
 */
export function storeOf(text: string, say?: (text: string) => void): Store {
  const [, scheme] = /^([a-z][a-z\d+.-]+):\/\//i.exec(text) ?? [];
  if (scheme === undefined) return folderStore(text, { say });
  const { host, pathname, searchParams } = URL.canParse(text) ? new URL(text) : new URL('none://none');
  const unknown = [...searchParams.keys()].filter((name) => !['endpoint', 'region'].includes(name));
  if (scheme.toLowerCase() !== 's3' || !host || unknown.length > 0) {
    throw new TaskgradError(
      'STORE_NAME',
      `no store is called ${text}; give a folder, or s3://BUCKET/PREFIX, after which may stand ?endpoint=URL&region=NAME`,
    );
  }
  const [endpoint, region] = ['endpoint', 'region'].map((name) => searchParams.get(name) ?? undefined);
  const prefix = decodeURIComponent(pathname);
  return s3Store({ bucket: host, prefix, endpoint, region, cache: join(cacheFolder(), 's3'), say });
}
