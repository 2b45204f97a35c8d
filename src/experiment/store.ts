import type { Json } from './canonical';

/** A file of an artefact. */
export interface StoredFile {
  /** Its name in the job. */
  readonly name: string;
  /** Its length. */
  readonly bytes: number;
  /** Of its content, in hexadecimal. */
  readonly sha256: string;
}

/** What is known of an artefact without its files. */
export interface Listed {
  /** Names it in every store. */
  readonly key: string;
  /** Its kind's name. */
  readonly kind: string;
  /** The kind's version. */
  readonly version: number;
  /** Kind of adapter that computed it. */
  readonly adapter: string;
  /** What it follows from. */
  readonly inputs: Json;
  /** The plain data. */
  readonly value: Json;
  /** Those that the job named. */
  readonly files: readonly StoredFile[];
  /** When it was made, in ISO 8601, and in how many seconds. */
  readonly at: string;
  /** How long the job took. */
  readonly seconds: number;
}

/** An artefact as stores have it. */
export interface Stored extends Listed {
  /** Where its files lie on this machine. */
  readonly folder: string;
}

/** What a job made, before its files are looked at. */
export type Finished = Omit<Listed, 'files' | 'at'>;

/** An artefact that can be listed, or what is wrong with it. */
export type Entry = Listed | { readonly key: string; readonly damage: string };

/** A job that a living process does. */
export interface Leased {
  /** The job's. */
  readonly key: string;
  /** Keys of the artefacts that it builds on. */
  readonly uses: readonly string[];
}

/** Something that nobody needs any more. */
export interface Leftover {
  /** What it is called in the store. */
  readonly name: string;
  /** All of it. */
  readonly bytes: number;
}

/** The right to do a job, which one process has at a time. */
export interface Lease {
  /** The job's own folder on this machine. What an earlier holder saved is in it. */
  readonly folder: string;
  /** Aborted when another process has taken the lease over, as this one seemed to be gone. */
  readonly lost: AbortSignal;
  /** Keeps what is in the folder for whoever goes on with the job. */
  saved(): Promise<void>;
  /** Makes the artefact of some files of the folder, all or nothing, and ends the lease. */
  finish(made: Finished, files: readonly string[]): Promise<void>;
  /** Ends the lease; the folder stays for the next one. */
  release(): Promise<void>;
}

/** Where artefacts are kept by their keys, for all who use the same store. */
export interface Store {
  /** For messages. */
  readonly name: string;
  /** Undefined where there is none; a damaged one is put aside first. */
  read(key: string): Promise<Stored | undefined>;
  /** Undefined where another process has it. @param uses keys of the artefacts that the job builds on; default: none */
  lease(key: string, uses?: readonly string[]): Promise<Lease | undefined>;
  /** All artefacts, without a look at their files. */
  entries(): AsyncIterable<Entry>;
  /** Looks at every byte of an artefact. @returns what is damaged; undefined where it is whole, or gone */
  check(key: string): Promise<string | undefined>;
  /** Takes an artefact out. */
  remove(key: string): Promise<void>;
  /** The jobs that living processes do. */
  leases(): AsyncIterable<Leased>;
  /**
   * Removes what was put aside, and what jobs have left that nobody does.
   * @param before what was touched since stays
   * @param isTrial only tells what there is to remove
   */
  sweep(before: Date, isTrial?: boolean): AsyncIterable<Leftover>;
}
