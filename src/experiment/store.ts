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

/** An artefact as stores have it. */
export interface Stored {
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
  /** Where its files lie on this machine. */
  readonly folder: string;
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
  finish(made: Omit<Stored, 'folder' | 'files' | 'at'>, files: readonly string[]): Promise<void>;
  /** Ends the lease; the folder stays for the next one. */
  release(): Promise<void>;
}

/** Where artefacts are kept by their keys, for all who use the same store. */
export interface Store {
  /** For messages. */
  readonly name: string;
  /** Undefined where there is none; a damaged one is put aside first. */
  read(key: string): Promise<Stored | undefined>;
  /** Undefined where another process has it. */
  lease(key: string): Promise<Lease | undefined>;
  /** All artefacts that are whole, and the keys of those that are not, with what is wrong. */
  entries(): AsyncIterable<Stored | { readonly key: string; readonly damage: string }>;
  /** Takes an artefact out. */
  remove(key: string): Promise<void>;
}
