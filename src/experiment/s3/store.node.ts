import { mkdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../data/errors';
import { isDamage, sha256 } from '../../data/kept.node';
import {
  aFunction,
  aText,
  type Check,
  checkArgument,
  options as fields,
  kind,
  optional,
} from '../../tensor/guard';
import { heartbeat, STALE_MS } from '../heartbeat.node';
import type { Entry, Lease, Leased, Leftover, Store, Stored } from '../store';
import { described, moveFiles, placeIn, withClearErrors } from '../stored.node';
import {
  cached,
  entryOf,
  fileAt,
  hasJob,
  listedAt,
  objectsByKey,
  putAside,
  removeArtefact,
  upload,
} from './artefacts.node';
import { Bucket } from './bucket.node';
import { Checkpoints, restore } from './checkpoint.node';
import { credentialsOf, type S3CredentialsSource } from './credentials.node';
import { checkConditions, holderAt, lastHoldOf, tryBucketHold } from './hold.node';
import { removeWork, sweepBucket, sweepCache, workByKey } from './sweep.node';

/** Where an S3 store is, and who asks for it. */
export interface S3StoreOptions {
  /** The bucket's name. It must be there. */
  readonly bucket: string;
  /** What the keys of all its objects begin with, such as 'team/one'; default: nothing. */
  readonly prefix?: string;
  /** Such as 'https://minio.example.org:9000'; default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or else that of AWS in the region. */
  readonly endpoint?: string;
  /** Default: AWS_REGION, AWS_DEFAULT_REGION, or else 'us-east-1', which servers outside AWS take. */
  readonly region?: string;
  /** Default: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. */
  readonly credentials?: S3CredentialsSource;
  /** Folder on this machine for what jobs write and read. */
  readonly cache: string;
  /** Told in a sentence of what was damaged and put aside; default: nobody is. */
  readonly say?: (text: string) => void;
}

/** How many artefacts are asked for at once. */
const AT_ONCE = 16;

/** What tests set. */
export interface S3StoreTimes {
  readonly staleMs?: number;
  readonly tries?: number;
}

const aBucket = kind(
  'the name of a bucket',
  (value) => typeof value === 'string' && /^[\w.-]{3,63}$/.test(value),
);
const aPrefix = kind(
  "a prefix such as 'team/one'",
  (value) => typeof value === 'string' && !value.split('/').some((part) => part === '.' || part === '..'),
);
const aUrl = kind(
  'an address such as https://minio.example.org:9000',
  (value) => typeof value === 'string' && /^https?:\/\/[^/]/.test(value) && URL.canParse(value),
);
const credentialFields = fields({
  accessKeyId: aText,
  secretAccessKey: aText,
  sessionToken: optional(aText),
});
const credentialsCheck: Check = (call, name, value) => {
  if (typeof value !== 'function') credentialFields(call, name, value);
};
const storeOptions = fields({
  bucket: aBucket,
  prefix: optional(aPrefix),
  endpoint: optional(aUrl),
  region: optional(aText),
  credentials: optional(credentialsCheck),
  cache: aText,
  say: optional(aFunction),
});

/**
 * A store in a bucket of AWS S3 or of a server that is compatible with it, such as MinIO, Ceph or Cloudflare R2. It is used as
 * `folderStore` is, from any number of machines. What jobs save goes to the bucket by `Work.saved`, so that another machine goes
 * on from there. The server must heed `If-None-Match: *` when an object is written: by that it is decided who does a job.
 *
 * Faults of the network are waited out for half a minute to a minute. After that, and where the server is full or refuses, jobs fail
 * with a StoreError, and what they have made stays in `cache`.
 * @throws ArgumentError; StoreError where there are no credentials
 * @example
 * ```ts
 * const [accessKeyId, secretAccessKey] = ['worker', 'its secret key'];
 * const store = experiment.s3Store({
 *   ...{ endpoint: 'https://minio.example.org:9000', bucket: 'artefacts', prefix: 'team/one' },
 *   ...{ credentials: { accessKeyId, secretAccessKey }, cache: 'cache' },
 * });
 * store.name; // → 's3://artefacts/team/one'
 * ```
 */
export function s3Store(options: S3StoreOptions): Store {
  return s3StoreWith(options);
}

export function s3StoreWith(options: S3StoreOptions, times: S3StoreTimes = {}): Store {
  checkArgument('s3Store', 'options', options, storeOptions);
  const { say = () => undefined } = options;
  const { staleMs = STALE_MS } = times;
  const { bucket, root } = placeOf(options, times);
  const workOf = (key: string) => join(root, 'work', key);
  let conditions: Promise<void> | undefined;

  async function read(key: string): Promise<Stored | undefined> {
    try {
      const listed = await listedAt(bucket, key);
      if (!listed) return undefined;
      const folder = await withClearErrors(bucket.name, root, () => cached(bucket, listed, root));
      return { ...listed, folder };
    } catch (error) {
      if (!isDamage(error)) throw error;
      const aside = await putAside(bucket, key);
      say(`${error.message}. The artefact is in ${bucket.name}/${aside} now, and will be made anew`);
      return undefined;
    }
  }

  async function check(key: string): Promise<string | undefined> {
    try {
      const listed = await listedAt(bucket, key);
      for (const file of listed?.files ?? []) await fileAt(bucket, key, file);
      return undefined;
    } catch (error) {
      if (error instanceof DataError) return error.message;
      throw error;
    }
  }

  async function lease(key: string, uses: readonly string[] = []): Promise<Lease | undefined> {
    conditions ??= checkConditions(bucket);
    await conditions.catch((error: unknown) => {
      conditions = undefined;
      throw error;
    });
    const hold = await tryBucketHold(bucket, key, uses, staleMs);
    if (!hold) return undefined;
    const folder = join(workOf(key), String(hold.n));
    const heart = heartbeat(() => hold.renew());
    const clearly = (work: () => Promise<void>) => withClearErrors(bucket.name, folder, work);
    const release = async () => {
      heart.stop();
      await rmdir(folder).catch(() => undefined); // unless something is kept in it
      await hold.release().catch(() => undefined); // it is taken over after a while
    };
    try {
      await clearly(async () => {
        if (hold.n > 1) await restore(bucket, key, workOf(key), hold.n);
        await mkdir(folder, { recursive: true });
      });
    } catch (error) {
      await release();
      throw error;
    }
    const keep = async (names: readonly string[]) => {
      // Where there is no room for it here, it is read from the bucket.
      await moveFiles(folder, names, placeIn(root, key)).catch(() => undefined);
      await rm(workOf(key), { recursive: true, force: true });
    };
    const checkpoints = new Checkpoints(bucket, key, hold.n, folder);
    return {
      folder,
      lost: heart.lost,
      saved: () =>
        clearly(async () => {
          await heart.beat();
          if (!heart.lost.aborted) await checkpoints.save();
        }),
      finish: (made, names) =>
        clearly(async () => {
          const files = await Promise.all(names.map((name) => described(folder, name)));
          await upload(bucket, { ...made, files, at: new Date().toISOString() }, folder);
          heart.stop();
          const isAlone = hold.n === 1 && !checkpoints.isUsed;
          await Promise.all([keep(names), isAlone ? hold.forget() : removeWork(bucket, key)]);
        }),
      release,
    };
  }

  async function* entries(): AsyncGenerator<Entry> {
    const found = [...(await objectsByKey(bucket))].filter(([, objects]) => hasJob(objects));
    for (let first = 0; first < found.length; first += AT_ONCE) {
      const some = found.slice(first, first + AT_ONCE);
      const entries = await Promise.all(some.map(([key, objects]) => entryOf(bucket, key, objects)));
      for (const entry of entries) if (entry) yield entry;
    }
  }

  async function* leases(): AsyncGenerator<Leased> {
    for (const [key, objects] of await workByKey(bucket)) {
      const last = lastHoldOf(objects);
      const holder = last && (await holderAt(bucket, last, staleMs));
      if (holder) yield { key, uses: holder.uses ?? [] };
    }
  }

  async function remove(key: string): Promise<void> {
    await removeArtefact(bucket, key);
    await rm(placeIn(root, key), { recursive: true, force: true });
  }

  async function* sweep(before: Date, isTrial = false): AsyncGenerator<Leftover> {
    yield* sweepBucket(bucket, { before, isTrial, staleMs });
    const there = new Set((await objectsByKey(bucket)).keys());
    const held = new Set<string>();
    for await (const { key } of leases()) held.add(key);
    yield* sweepCache(root, { there, held, before, isTrial });
  }

  return { name: bucket.name, read, lease, entries, check, remove, leases, sweep };
}

/** The bucket, and where its files are on this machine: apart from those of others with the same cache. */
function placeOf(options: S3StoreOptions, { tries }: S3StoreTimes): { bucket: Bucket; root: string } {
  const env = process.env;
  const region = options.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1';
  const endpoint =
    options.endpoint ??
    env.AWS_ENDPOINT_URL_S3 ??
    env.AWS_ENDPOINT_URL ??
    `https://s3.${region}.amazonaws.com`;
  const path = (options.prefix ?? '').replace(/^\/+|\/+$/g, '');
  const name = `s3://${options.bucket}${path && `/${path}`}`;
  const url = `${endpoint.replace(/\/+$/, '')}/${options.bucket}`;
  const root = join(options.cache, `${options.bucket}-${sha256(`${url}/${path}`).slice(0, 12)}`);
  const bucket = new Bucket({
    ...{ name, url, region, tries, prefix: path && `${path}/` },
    credentials: credentialsOf(name, options.credentials),
    stays: `what jobs have made stays in ${root}`,
  });
  return { bucket, root };
}
