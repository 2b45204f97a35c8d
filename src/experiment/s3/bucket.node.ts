import { setTimeout as wait } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { sha256 } from '../../data/kept.node';
import { StoreError } from '../store-error';
import { type Answer, codeOf, element, passing, refusal } from './answer';
import type { S3Credentials } from './credentials.node';
import { send } from './request.node';

/** How often a request is tried, and how long the first pause is; each one is twice as long as the last: half a minute in all. */
const TRIES = 10;
const PAUSE_MS = 60;
/** Where a server takes requests and says nothing, fewer tries are enough. */
const SILENT_MS = 45_000;
/** A request that moves so few bytes a second is given up. */
const LEAST_MS = 20_000;
const LEAST_BYTES_PER_MS = 50;
const PAGE = 1000;

/** An object in a bucket. */
export interface BucketObject {
  /** Its key from the bucket's prefix on. */
  readonly key: string;
  readonly bytes: number;
  /** When it was written, by the server's clock, in milliseconds. */
  readonly at: number;
}

/** Where objects are. */
export interface BucketPlace {
  /** For messages. */
  readonly name: string;
  /** Of the bucket, without a slash at the end. */
  readonly url: string;
  readonly region: string;
  /** Before all keys: empty, or with a slash at the end. */
  readonly prefix: string;
  readonly credentials: () => Promise<S3Credentials>;
  /** What becomes of jobs where the server fails, for messages. */
  readonly stays: string;
  /** How often a request is tried; default: for about half a minute. */
  readonly tries?: number;
  /** How many objects are asked for at once in a listing; default: as many as servers give. */
  readonly page?: number;
}

interface Call {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

type Tried = Answer & { readonly tries: number };

/** The objects of a bucket below a prefix. What passes is tried again; all else is a StoreError. */
export class Bucket {
  readonly name: string;
  readonly #place: BucketPlace;
  /** Derived from the credentials once a day. */
  readonly #signingKeys = new Map<string, ArrayBuffer>();
  /** How far the server's clock is ahead of ours. */
  #aheadMs = 0;

  constructor(place: BucketPlace) {
    this.name = place.name;
    this.#place = place;
  }

  /** The server's time, in milliseconds, as of its last answer. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  /** Undefined where there is no such object. */
  async get(key: string): Promise<Uint8Array | undefined> {
    const answer = await this.#ask('read', { method: 'GET', key });
    if (answer.status === 404 && codeOf(answer) !== 'NoSuchBucket') return undefined;
    return this.#good('read', key, answer).bytes;
  }

  async put(key: string, content: Uint8Array | string): Promise<void> {
    this.#good('write', key, await this.#ask('write', { method: 'PUT', key, body: asBytes(content) }));
  }

  /** Writes an object that nobody else has written. @param content that nobody else writes @returns whether it is there now */
  async putNew(key: string, content: string): Promise<boolean> {
    const call: Call = { method: 'PUT', key, headers: { 'if-none-match': '*' }, body: asBytes(content) };
    const answer = await this.#ask('write', call);
    if (answer.status !== 412) return this.#good('write', key, answer) !== undefined;
    if (answer.tries === 1) return false;
    // The answer to an earlier try may have been lost on the way.
    const found = await this.get(key);
    return found !== undefined && new TextDecoder().decode(found) === content;
  }

  async copy(from: string, to: string): Promise<void> {
    const { pathname } = new URL(this.#urlOf(from));
    const headers = { 'x-amz-copy-source': pathname };
    this.#good('write', to, await this.#ask('write', { method: 'PUT', key: to, headers }));
  }

  async remove(key: string): Promise<void> {
    const answer = await this.#ask('remove', { method: 'DELETE', key });
    if (answer.status !== 404) this.#good('remove', key, answer);
  }

  /** All objects whose keys begin so, in the order of their keys. */
  async *list(begin: string): AsyncGenerator<BucketObject> {
    const { prefix, page = PAGE } = this.#place;
    for (let last = ''; ; ) {
      const query = {
        'list-type': '2',
        'encoding-type': 'url',
        'max-keys': String(page),
        prefix: prefix + begin,
        ...(last && { 'start-after': prefix + last }),
      };
      const answer = await this.#ask('list', { method: 'GET', query });
      const xml = new TextDecoder().decode(this.#good('list', begin, answer).bytes);
      for (const [, contents] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        last = decodeKey(element(contents, 'Key') ?? '').slice(prefix.length);
        const at = Date.parse(element(contents, 'LastModified') ?? '');
        yield { key: last, bytes: Number(element(contents, 'Size')), at };
      }
      if (element(xml, 'IsTruncated') !== 'true') return;
    }
  }

  async #ask(doing: string, call: Call): Promise<Tried> {
    const most = this.#place.tries ?? TRIES;
    const end = performance.now() + SILENT_MS;
    let reason = '';
    let tries = 1;
    for (; tries <= most && performance.now() < end; tries++) {
      if (tries > 1) await wait(PAUSE_MS * 2 ** (tries - 2) * (0.5 + Math.random()));
      try {
        const answer = await this.#send(call);
        const trouble = passing(answer);
        if (trouble === undefined) return { ...answer, tries };
        reason = trouble;
      } catch (cause) {
        if (!isOfNetwork(cause)) throw cause;
        reason = reasonOf(cause);
      }
    }
    const { url, stays } = this.#place;
    const what = `no good answer to ${doing} ${call.key ?? 'objects'} in ${tries - 1} tries at ${url} (${reason})`;
    throw new StoreError(
      this.name,
      'unreachable',
      `${what}; check the endpoint, the network and the server; ${stays}`,
    );
  }

  async #send({ method, key, query = {}, headers, body }: Call): Promise<Answer> {
    const { region, credentials } = this.#place;
    const url = new URL(key === undefined ? this.#place.url : this.#urlOf(key));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const signer = new AwsV4Signer({
      ...(await credentials()),
      ...{ service: 's3', region, cache: this.#signingKeys },
      datetime: new Date(this.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
      ...{ method, url: url.href, headers: { ...headers, 'x-amz-content-sha256': sha256(body ?? '') } },
    });
    const signed = await signer.sign();
    const patienceMs = LEAST_MS + Math.ceil((body?.length ?? 0) / LEAST_BYTES_PER_MS);
    const { date, ...answer } = await send(signed.url, { method, headers: signed.headers, body, patienceMs });
    if (!Number.isNaN(date)) this.#aheadMs = date - Date.now();
    return answer;
  }

  #good(doing: string, key: string, answer: Answer): Answer {
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw refusal(this.name, `${doing} ${key}`, answer, this.#place.stays);
  }

  #urlOf(key: string): string {
    const path = (this.#place.prefix + key).split('/').map(encodeName).join('/');
    return `${this.#place.url}/${path}`;
  }
}

const asBytes = (content: Uint8Array | string): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

/** As signatures want it: all but letters, digits and -._~. */
const encodeName = (name: string): string =>
  encodeURIComponent(name).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));

/** Whether no answer came, or not all of it. */
const isOfNetwork = (cause: unknown): cause is Error =>
  cause instanceof Error && ('code' in cause || ['TimeoutError', 'AbortError'].includes(cause.name));

/** Several addresses that were all tried give an error without a message. */
const reasonOf = (error: Error): string =>
  error.message || ('code' in error ? String(error.code) : error.name);
