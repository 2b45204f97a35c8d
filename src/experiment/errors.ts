import { TaskgradError } from '../../runtime/errors';

/** A job could not be done; `cause` is what its work threw. */
export class JobError extends TaskgradError {
  /** What the job is called in stores. */
  readonly key: string;
  /** The kind's name. */
  readonly kind: string;

  constructor(
    { key, kind }: { readonly key: string; readonly kind: string },
    reason: string,
    cause?: unknown,
  ) {
    super('JOB_FAILED', `job ${key.slice(0, 12)}, ${kind}: ${reason}`, { cause });
    this.key = key;
    this.kind = kind;
  }
}

/** Whoever was to do the job lacks something of it, which others may have. */
export class LackError extends JobError {
  constructor(job: { readonly key: string; readonly kind: string }, what: string) {
    super(job, `this process has not ${what}`);
  }
}
