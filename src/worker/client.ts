import { WorkerError, workerProblem } from './errors';
import type { InputOf, Jobs, ReportOf, ResultOf } from './job';
import type { Answer, Ask, Port } from './messages';

/** A worker: what `connect` talks to. */
export interface WorkerPort extends Port {
  /** Ends it. */
  terminate(): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'error' | 'messageerror', listener: (event: Event) => void): void;
}

/** Options of a call. */
export interface CallOptions<Report> {
  /** Told what the job says on the way. There is room for a further report once what it returns has resolved. */
  readonly onReport?: (report: Report) => void | Promise<void>;
  /** Cancels the call, which rejects with the code `INTERRUPTED` when the job has stopped. */
  readonly signal?: AbortSignal;
  /** Buffers of the input that are moved, not copied. */
  readonly transfer?: Transferable[];
}

/** A page's way to the jobs in a worker. */
export interface WorkerClient<J extends Jobs> {
  /** The jobs that there are, once the worker's program has started. @throws WorkerError `WORKER_START` */
  readonly ready: Promise<readonly string[]>;
  /**
   * Has a job done. Several may be under way at a time.
   * @throws WorkerError with the code of the error in the worker; `WORKER_JOB` for a job that it does not have;
   *   `WORKER_CLOSED` after `close`
   */
  call<Name extends keyof J & string>(
    job: Name,
    input: InputOf<J[Name]>,
    options?: CallOptions<ReportOf<J[Name]>>,
  ): Promise<ResultOf<J[Name]>>;
  /** Ends the worker, and calls that are under way with `WORKER_CLOSED`. */
  close(): void;
}

interface Pending {
  readonly onReport?: (report: never) => void | Promise<void>;
  readonly resolve: (result: never) => void;
  readonly reject: (reason: WorkerError) => void;
}

/**
 * Connects to a worker whose program calls `serve`.
 * @param J the jobs' type, so that inputs, reports and results have theirs
 * @param name what errors call the worker
 * @example
 * ```js
 * const client = connect(startWorker(new URL('./doubling.js', import.meta.url)));
 * const numbers = Float32Array.of(1, 2, 3);
 * await client.call('double', numbers, { transfer: [numbers.buffer] }); // Float32Array [2, 4, 6]
 * client.close();
 * ```
 */
export function connect<J extends Jobs>(worker: WorkerPort, name = 'the worker'): WorkerClient<J> {
  const pending = new Map<number, Pending>();
  let calls = 0;
  let ended: WorkerError | undefined;
  let started: (jobs: readonly string[]) => void = () => undefined;
  let failedToStart: (reason: WorkerError) => void = () => undefined;
  const ready = new Promise<readonly string[]>((resolve, reject) => {
    started = resolve;
    failedToStart = reject;
  });
  ready.catch(() => undefined); // who does not wait for it hears of it from his calls
  const ask = (message: Ask, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  const end = (reason: WorkerError) => {
    ended ??= reason;
    failedToStart(reason);
    for (const { reject } of pending.values()) reject(reason);
    pending.clear();
  };
  worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
    if (data.type === 'ready') return started(data.jobs);
    const call = pending.get(data.id);
    if (data.type === 'report') {
      const taken = () => ask({ type: 'taken', id: data.id });
      void Promise.resolve(call?.onReport?.(data.report as never)).finally(taken);
      return;
    }
    pending.delete(data.id);
    if (data.type === 'done') call?.resolve(data.result as never);
    else call?.reject(new WorkerError(data.error));
  });
  worker.addEventListener('error', (event) => {
    const said = (event as ErrorEvent).message;
    const advice = 'look at its address, at what its server answers, and at the Content-Security-Policy';
    end(
      said
        ? workerProblem('WORKER_FAILED', `${name} has failed: ${said}`)
        : workerProblem('WORKER_START', `${name} did not start; ${advice}`),
    );
  });
  worker.addEventListener('messageerror', () =>
    end(workerProblem('WORKER_FAILED', `${name} said what this page cannot read`)),
  );
  return {
    ready,
    call(job, input, { onReport, signal, transfer } = {}) {
      if (ended) return Promise.reject(ended);
      const id = calls++;
      const cancel = () => ask({ type: 'cancel', id });
      return new Promise<never>((resolve, reject) => {
        pending.set(id, { onReport, resolve, reject });
        ask({ type: 'call', id, job, input }, transfer);
        if (signal?.aborted) cancel();
        signal?.addEventListener('abort', cancel);
      }).finally(() => {
        pending.delete(id);
        signal?.removeEventListener('abort', cancel);
      });
    },
    close() {
      worker.terminate();
      end(workerProblem('WORKER_CLOSED', `${name} is closed; start another`));
    },
  };
}
