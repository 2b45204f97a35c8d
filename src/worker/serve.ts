import { carried, workerProblem } from './errors';
import type { JobContext, Jobs, ReportOptions } from './job';
import type { Answer, Ask, Port } from './messages';

/** Options of `serve`. */
export interface ServeOptions {
  /** Most reports of a call that wait to be taken in by the page; default 8. */
  readonly inFlight?: number;
  /** Where the page is; default: what started this worker. */
  readonly port?: Port;
}

const IN_FLIGHT = 8;
/** As an InterruptedError has it, which is what training and searches throw when their signal is aborted. */
const CANCELLED = 'INTERRUPTED';

/** A call that is under way. */
interface Running {
  readonly stop: AbortController;
  readonly reports: Reports;
}

/**
 * Does jobs for a page that has called `connect`: to be called at the top of a worker's program.
 * @example
 * ```js
 * const jobs = {
 *   double: (numbers, { give }) => {
 *     const twice = numbers.map((value) => 2 * value);
 *     return give(twice, [twice.buffer]);
 *   },
 * };
 * serve(jobs);
 * // in TypeScript: export type DoublingJobs = typeof jobs, for connect<DoublingJobs>(worker)
 * ```
 */
export function serve(jobs: Jobs, { inFlight = IN_FLIGHT, port }: ServeOptions = {}): void {
  const page = port ?? (globalThis as unknown as Port);
  const running = new Map<number, Running>();
  const answer = (message: Answer, transfer: Transferable[] = []) => page.postMessage(message, transfer);
  const run = async ({ id, job, input }: Extract<Ask, { type: 'call' }>): Promise<void> => {
    const stop = new AbortController();
    const reports = new Reports(inFlight, stop.signal, (report, transfer) =>
      answer({ type: 'report', id, report }, transfer),
    );
    running.set(id, { stop, reports });
    const moved: Transferable[] = [];
    const context: JobContext<unknown> = {
      signal: stop.signal,
      report: (report, options) => reports.send(report, options),
      give: (result, transfer) => {
        moved.push(...transfer);
        return result;
      },
    };
    try {
      if (!Object.hasOwn(jobs, job)) throw unknownJob(job, jobs);
      const result = await jobs[job](input as never, context as JobContext<never>);
      await reports.drained();
      answer({ type: 'done', id, result }, moved);
    } catch (error) {
      const problem = carried(error);
      const isCancelled = stop.signal.aborted && [CANCELLED, 'UNEXPECTED'].includes(problem.code);
      answer({ type: 'failed', id, error: isCancelled ? carried(cancelled()) : problem });
    } finally {
      running.delete(id);
    }
  };
  page.addEventListener('message', ({ data }: MessageEvent<Ask>) => {
    if (data.type === 'call') void run(data);
    if (data.type === 'cancel') running.get(data.id)?.stop.abort();
    if (data.type === 'taken') running.get(data.id)?.reports.taken();
  });
  answer({ type: 'ready', jobs: Object.keys(jobs) });
}

function unknownJob(job: string, jobs: Jobs): Error {
  const known = Object.keys(jobs).join(', ');
  return workerProblem('WORKER_JOB', `the worker has no job '${job}'; it has ${known}`);
}

interface Waiting extends ReportOptions {
  readonly report: unknown;
  readonly promise: Promise<void>;
  readonly sent: () => void;
  readonly dropped: (reason: Error) => void;
}

/** Reports of one call, in order. No more than `most` are on their way at a time. */
class Reports {
  private onTheirWay = 0;
  private readonly waiting: Waiting[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly most: number,
    private readonly signal: AbortSignal,
    private readonly post: (report: unknown, transfer: Transferable[]) => void,
  ) {
    signal.addEventListener('abort', () => {
      for (const { dropped } of this.waiting.splice(0)) dropped(cancelled());
    });
  }

  send(report: unknown, options: ReportOptions = {}): Promise<void> {
    if (this.signal.aborted) return handled(Promise.reject(cancelled()));
    const { replaces } = options;
    const before = replaces === undefined ? -1 : this.waiting.findIndex((one) => one.replaces === replaces);
    if (before >= 0) {
      const [{ promise, sent, dropped }] = this.waiting.splice(before, 1);
      this.waiting.push({ ...options, report, promise, sent, dropped });
      return promise;
    }
    let [sent, dropped]: [() => void, (reason: Error) => void] = [() => undefined, () => undefined];
    const promise = new Promise<void>((resolve, reject) => {
      [sent, dropped] = [resolve, reject];
    });
    this.waiting.push({ ...options, report, promise, sent, dropped });
    this.last = handled(promise);
    this.pump();
    return promise;
  }

  /** There is room for one more. */
  taken(): void {
    this.onTheirWay -= 1;
    this.pump();
  }

  /** Resolves when all are sent. */
  drained(): Promise<void> {
    return this.last;
  }

  private pump(): void {
    while (this.onTheirWay < this.most) {
      const next = this.waiting.shift();
      if (!next) return;
      this.onTheirWay += 1;
      this.post(next.report, next.transfer ?? []);
      next.sent();
    }
  }
}

/** A promise that a job need not wait for: a rejection that nobody sees ends no worker. */
function handled(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}

const cancelled = () => workerProblem(CANCELLED, 'the page has cancelled the call');
