import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { TaskgradError } from '../../runtime/errors';
import { environmentAt } from '../../runtime/pci.node';
import { InterruptedError } from '../training/errors';
import type { JobEvent } from './kind';
import type { FromJob, FromWorker, Outcome, ToWorker } from './messages';
import { WORKER } from './parent-worker.node';
import { startPatience } from './patience.node';
import { lineUp } from './priority';
import type { Asked } from './runner';

/** How long a worker that has let go of its parent may take to end: its program may not have closed its GPU. */
const LEAVE_MS = 5000;
/** After how many times that it did not come to work a worker is given up. */
const TRIES = 3;

/** Worker processes on this machine. */
export interface Workers {
  /** How many. */
  readonly count: number;
  /** Path of the program that each runs, which calls `experiment.serve`. */
  readonly file: string;
  /** Its arguments; default: none. */
  readonly args?: readonly string[];
  /**
   * Environment variables beside this program's own for the worker of a place, counted from 0; who replaces a worker has its place.
   * Default: where Linux shows several GPUs of one model, and Mesa's layer `VK_LAYER_MESA_device_select` is installed, each
   * worker sees one of them.
   */
  readonly environment?: (place: number) => Readonly<Record<string, string>>;
}

/** Told of a job while it is tried. */
export interface TryWatch {
  begun(): void;
  progress(done: number, total: number, note: string): void;
  say(text: string, event?: JobEvent): void;
  log(event: JobEvent): void;
}

interface Task {
  readonly asked: Asked;
  readonly watch: TryWatch;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Worker {
  readonly child: ChildProcess;
  readonly place: number;
  isReady: boolean;
  job: { readonly task: Task; readonly patience: ReturnType<typeof startPatience> } | undefined;
}

/**
 * Tries jobs in other processes on this machine, the most urgent first. A process that ends is replaced; a job without progress is
 * told to end, and its process is killed if it does not.
 */
export class WorkerPool {
  readonly #options: Workers;
  readonly #signal: AbortSignal;
  readonly #workers = new Set<Worker>();
  readonly #waiting: Task[] = [];
  /** Says 'known' once it is known whether workers can be had. */
  readonly #news = new EventEmitter().setMaxListeners(0);
  #adapter: string | undefined;
  #trouble: TaskgradError | undefined;
  #isClosed = false;
  /** Workers that ended before they could do anything, one after another. */
  #stillborn = 0;

  /** @param signal has jobs save what they have and workers end */
  constructor(options: Workers, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
    signal.addEventListener('abort', this.#interrupt);
  }

  /** Of the first worker. @throws TaskgradError `WORKERS` where none comes to work; InterruptedError */
  async adapter(): Promise<string> {
    if (this.#workers.size === 0) this.#start();
    while (this.#adapter === undefined) {
      if (this.#trouble) throw this.#trouble;
      if (this.#signal.aborted) throw new InterruptedError();
      await once(this.#news, 'known');
    }
    return this.#adapter;
  }

  /** Whether a process is there that does jobs. */
  get isUp(): boolean {
    return [...this.#workers].some(({ isReady }) => isReady);
  }

  /** Tries a job once. @throws TaskgradError `WORKERS` where no worker comes to work */
  attempt(asked: Asked, watch: TryWatch): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) return resolve({ how: 'interrupted' });
      if (this.#trouble) return reject(this.#trouble);
      lineUp(this.#waiting, { asked, watch, resolve, reject });
      this.#hand();
      if (this.#workers.size < Math.min(this.#options.count, this.#openTasks())) this.#start();
    });
  }

  /** Ends the workers once they have done what they are at. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#signal.removeEventListener('abort', this.#interrupt);
    const ends = [...this.#workers].map(async ({ child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const end = once(child, 'exit');
      send(child, { stop: true });
      await end;
    });
    await Promise.all(ends);
  }

  /** Ends the workers at once. */
  kill(): void {
    this.#isClosed = true;
    for (const { child } of this.#workers) child.kill('SIGKILL');
  }

  #openTasks(): number {
    return this.#waiting.length + [...this.#workers].filter(({ job }) => job).length;
  }

  /** Gives waiting jobs to workers that have none. */
  #hand(): void {
    for (const worker of this.#workers) {
      if (!worker.isReady || worker.job) continue;
      const task = this.#waiting.shift();
      if (!task) return;
      const { order, terms } = task.asked;
      const patience = startPatience(terms.patience, {
        abort: () => send(worker.child, { abort: true }),
        kill: () => worker.child.kill('SIGKILL'),
      });
      worker.job = { task, patience };
      task.watch.begun();
      send(worker.child, { do: order });
    }
  }

  #start(): void {
    const { file, args = [], environment = environmentAt } = this.#options;
    const place = this.#freePlace();
    const env = { ...process.env, ...environment(place), [WORKER]: '1' };
    const child = fork(file, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const worker: Worker = { child, place, isReady: false, job: undefined };
    this.#workers.add(worker);
    child.on('message', (message) => this.#hear(worker, message as FromWorker));
    child.on('disconnect', () => setTimeout(() => child.kill('SIGKILL'), LEAVE_MS).unref());
    child.on('exit', (code, signal) => this.#bury(worker, signal ?? `code ${code}`));
  }

  #freePlace(): number {
    const taken = new Set([...this.#workers].map(({ place }) => place));
    let place = 0;
    while (taken.has(place)) place++;
    return place;
  }

  #hear(worker: Worker, message: FromWorker): void {
    if ('ready' in message) this.#welcome(worker, message.ready.adapter);
    else this.#hearOf(worker, message);
  }

  #hearOf(worker: Worker, message: FromJob): void {
    const { task, patience } = worker.job ?? {};
    if (!task || !patience) return;
    if ('progress' in message) {
      const { done, total, note } = message.progress;
      patience.seen(`${done} ${total} ${note}`);
      task.watch.progress(done, total, note);
      return;
    }
    if ('said' in message) {
      patience.seen(message.said.text);
      task.watch.say(message.said.text, message.said.event);
      return;
    }
    if ('logged' in message) {
      patience.seen(JSON.stringify(message.logged));
      task.watch.log(message.logged);
      return;
    }
    const { how } = message.ended;
    const isTooSlow = patience.lost !== undefined && how !== 'done';
    this.#end(worker, isTooSlow ? { how: 'failed', reason: `${patience.lost}` } : message.ended);
    this.#hand();
  }

  /** Takes a worker's job from it. */
  #end(worker: Worker, outcome: Outcome): void {
    worker.job?.patience.stop();
    worker.job?.task.resolve(outcome);
    worker.job = undefined;
  }

  #welcome(worker: Worker, adapter: string): void {
    this.#adapter ??= adapter;
    if (adapter !== this.#adapter) {
      const reason = `a worker has the adapter ${adapter}, the first one had ${this.#adapter}, with other last bits`;
      this.#giveUp(`${reason}; give all of them the same`);
      return;
    }
    worker.isReady = true;
    this.#stillborn = 0;
    this.#news.emit('known');
    this.#hand();
  }

  #bury(worker: Worker, how: string): void {
    this.#workers.delete(worker);
    const isStopping = this.#signal.aborted;
    const lost = worker.job?.patience.lost;
    const reason = lost ? `${lost}, and its worker was killed` : `its worker ended by ${how}`;
    this.#end(worker, isStopping ? { how: 'interrupted' } : { how: 'failed', reason });
    if (this.#isClosed || isStopping || this.#trouble) return;
    if (worker.isReady || ++this.#stillborn < TRIES) {
      this.#start();
      return;
    }
    const times = `a worker ended ${TRIES} times before it called experiment.serve, the last time by ${how}`;
    this.#giveUp(`${times}; run it alone to see why`);
  }

  #giveUp(reason: string): void {
    this.#trouble = new TaskgradError('WORKERS', `${this.#options.file}: ${reason}`);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#trouble);
    this.#news.emit('known');
  }

  readonly #interrupt = (): void => {
    for (const { resolve } of this.#waiting.splice(0)) resolve({ how: 'interrupted' });
    for (const { child } of this.#workers) child.kill('SIGTERM');
    this.#news.emit('known');
  };
}

/** A worker may go at any time. */
function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => undefined);
}
