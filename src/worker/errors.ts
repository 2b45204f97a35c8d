import { TaskgradError } from '../../runtime/errors';
import type { CarriedError } from './messages';

/** What every error has. */
const COMMON: ReadonlySet<string> = new Set(['name', 'message', 'code', 'stack', 'cause']);

/** An error in the worker, as the page gets it; or one of the worker itself, whose codes begin with 'WORKER_'. */
export class WorkerError extends TaskgradError {
  /** Class of the error in the worker, as in 'GpuUnavailableError'. */
  readonly kind: string;
  /** The fields of that error, as `attempts` and `remedy` of a GpuUnavailableError. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Where in the worker it was thrown. */
  readonly workerStack?: string;

  constructor({ code, message, kind, fields, stack }: CarriedError) {
    super(code, message, { showsCode: true }); // the message was made plain where it was made
    this.kind = kind;
    this.fields = fields;
    this.workerStack = stack;
  }
}

/** An error of the worker itself. */
export const workerProblem = (code: string, message: string): WorkerError =>
  new WorkerError({ kind: 'WorkerError', code, message, fields: {} });

/** An error as plain data. */
export function carried(error: unknown): CarriedError {
  if (!(error instanceof Error))
    return { kind: 'Error', code: 'UNEXPECTED', message: String(error), fields: {} };
  const { name, message, stack } = error;
  const code = error instanceof TaskgradError ? error.code : 'UNEXPECTED';
  const own = Object.entries(error).filter(([field, value]) => !COMMON.has(field) && canBeCopied(value));
  return { kind: name, code, message, fields: Object.fromEntries(own), stack };
}

function canBeCopied(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
