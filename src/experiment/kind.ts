import type { Gpu } from '../tensor/gpu';
import { aFunction, aNumber, aText, aWholeNumber, checkArgument, optional, options } from '../tensor/guard';

const aDefinition = options({
  name: aText,
  version: aWholeNumber,
  check: aFunction,
  cost: optional(aFunction),
  tail: optional(aFunction),
  patience: optional(aNumber),
  run: aFunction,
});

/** What a job made: a value of plain data, and files. */
export interface Artefact<Value = unknown> {
  /** Names it in every store: a hash of all that it follows from. */
  readonly key: string;
  /** Its kind's name. */
  readonly kind: string;
  /** The plain data. */
  readonly value: Value;
  /** How long the job took, in seconds, whoever did it: the tries that were interrupted are counted. */
  readonly seconds: number;
  /** Path of one of its files on this machine. @throws RangeError on a file that it has not */
  file(name: string): string;
}

/** What programs are told of a job while it is done: plain data. */
export type JobEvent = Readonly<Record<string, unknown>>;

/** What a job's work may use. */
export interface Work {
  /** Where it computes. */
  readonly gpu: Gpu;
  /** Aborted when the work is to save what it has and to end, as `training.fit` does. */
  readonly signal: AbortSignal;
  /**
   * Path of a file of this job. One that an interrupted try has written is still there: checkpoints go on from it. Of all
   * files only those that `run` names become part of the artefact.
   */
  file(name: string): string;
  /** To be called once a checkpoint is written, where another machine may have to go on from it. */
  saved(): Promise<void>;
  /** How far the work is. */
  progress(done: number, total: number, note?: string): void;
  /** A line for a person, and what it says as plain data for programs. */
  say(text: string, event?: JobEvent): void;
  /** Plain data for the log of who watches the job. */
  log(event: JobEvent): void;
}

/** What `run` gives. */
export interface Made<Value> {
  /** Plain data. */
  readonly value: Value;
  /** Names of files that belong to the artefact, see `Work.file`. */
  readonly files?: readonly string[];
}

/** All that there is to say of a kind of job. */
export interface KindDefinition<In, Value> {
  /** A word of its own among the kinds of an experiment, such as 'train'. */
  readonly name: string;
  /** To be raised when the same inputs come to give another result: what is in stores is then computed anew. */
  readonly version: number;
  /** Looks at a value that was read from a store. @throws any error on one that is not of this kind */
  readonly check: (value: unknown) => Value;
  /** About how long it takes, in seconds; default 1. */
  readonly cost?: (inputs: In) => number;
  /**
   * Seconds of the longest chain of jobs that usually waits for it, such as the training of what a search finds; default 0.
   * Jobs with the most of `cost` and `tail` are begun first.
   */
  readonly tail?: (inputs: In) => number;
  /**
   * After how many seconds without progress (other figures by `Work.progress`, or a line by `Work.say`) it is taken to
   * hang: it is told to end, then its process is killed, and the try counts as failed. Default: the greater of 600 and 20
   * times the cost. Jobs in the plan's own process are left to whoever watches it.
   */
  readonly patience?: number;
  /** A pure function of the inputs: with the same ones it makes the same artefact on every adapter of a kind, bit for bit. */
  readonly run: (work: Work, inputs: In) => Promise<Made<Value>>;
}

/** A kind of job: `In` is what its jobs are given, `Value` what they give. */
export type Kind<In = never, Value = unknown> = KindDefinition<In, Value>;

/**
 * Defines a kind of job, for plans. Inputs are plain data, artefacts of other jobs and data sets of `dataset`, in any nesting:
 * all of them are in the job's key.
 * @throws ArgumentError
 * @example
 * ```ts
 * const square = experiment.defineKind({
 *   ...{ name: 'square', version: 1, check: Number },
 *   run: async (_, { of }: { of: number }) => ({ value: of ** 2 }),
 * });
 * square.version; // → 1
 * ```
 */
export function defineKind<In, Value>(definition: KindDefinition<In, Value>): Kind<In, Value> {
  checkArgument('defineKind', 'definition', definition, aDefinition);
  return definition;
}
