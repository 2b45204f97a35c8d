/** How a report is sent. */
export interface ReportOptions {
  /** Buffers that are moved, not copied. */
  readonly transfer?: Transferable[];
  /** Puts the report in the place of one under the same word that still waits to be sent, as of progress. */
  readonly replaces?: string;
}

/** What a job in the worker is given beside its input. */
export interface JobContext<Report> {
  /** Aborted when the page cancels the call. */
  readonly signal: AbortSignal;
  /**
   * Tells the page something on the way. Resolves when it is sent, which it is not before fewer than `inFlight` reports
   * wait to be taken in: a job that awaits it is never ahead of the page by more.
   * @throws WorkerError `INTERRUPTED` when the call is cancelled
   */
  report(report: Report, options?: ReportOptions): Promise<void>;
  /** Has buffers of the result moved, not copied. Returns the result. */
  give<Result>(result: Result, transfer: Transferable[]): Result;
}

/** Something that a worker does for a page: from plain data to plain data. */
export type Job<Input, Result, Report = never> = (
  input: Input,
  context: JobContext<Report>,
) => Result | Promise<Result>;

/** Jobs by name. */
export type Jobs = Readonly<Record<string, Job<never, unknown, never>>>;

/** What a job is given. */
export type InputOf<J> = J extends (input: infer Input, ...rest: never) => unknown ? Input : never;
/** What a job gives in the end. */
export type ResultOf<J> = J extends (...all: never) => infer Result ? Awaited<Result> : never;
/** What a job tells on the way. */
export type ReportOf<J> = J extends (input: never, context: JobContext<infer Report>) => unknown
  ? Report
  : never;
