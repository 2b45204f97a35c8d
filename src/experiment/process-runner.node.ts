import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { TaskgradError } from '../../runtime/errors';
import { InterruptedError } from '../training/errors';
import { JobError } from './errors';
import type { Watch } from './execute.node';
import type { FromJob, FromWorker, ToWorker } from './messages';
import type { Order } from './order.node';
import type { Runner } from './runner';

/** After how many failures a job is set aside, and after how many a worker that does not come to work. */
const TRIES = 3;
/** How long to wait before the second try, twice as long before the third; and before asking again for what others do. */
const RETRY_MS = 500;
const HELD_MS = 200;

/** Worker processes on this machine. */
export interface Workers {
  /** How many. */
  readonly count: number;
  /** Path of the program that each runs, which calls `experiment.serve`. */
  readonly file: string;
  /** Its arguments; default: none. */
  readonly args?: readonly string[];
}

interface Task {
  readonly order: Order;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  failures: number;
}

interface Worker {
  readonly child: ChildProcess;
  isReady: boolean;
  task: Task | undefined;
}

interface Surroundings {
  readonly signal: AbortSignal;
  readonly watch: Watch;
}

/** Does jobs in other processes on this machine. One that ends is replaced, and its job goes on from what it had saved. */
export class ProcessRunner implements Runner {
  readonly #options: Workers;
  readonly #surroundings: Surroundings;
  readonly #workers = new Set<Worker>();
  readonly #waiting: Task[] = [];
  /** Says 'known' once it is known whether workers can be had. */
  readonly #news = new EventEmitter();
  #adapter: string | undefined;
  #trouble: TaskgradError | undefined;
  #isClosed = false;
  /** Workers that ended before they could do anything, one after another. */
  #stillborn = 0;

  constructor(options: Workers, surroundings: Surroundings) {
    this.#options = options;
    this.#surroundings = surroundings;
    surroundings.signal.addEventListener('abort', this.#interrupt);
  }

  async adapter(): Promise<string> {
    if (this.#workers.size === 0) this.#start();
    while (this.#adapter === undefined) {
      if (this.#trouble) throw this.#trouble;
      if (this.#surroundings.signal.aborted) throw new InterruptedError();
      await once(this.#news, 'known');
    }
    return this.#adapter;
  }

  run(order: Order): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#surroundings.signal.aborted) return reject(new InterruptedError());
      if (this.#trouble) return reject(this.#trouble);
      this.#ask({ order, resolve, reject, failures: 0 });
      if (this.#workers.size < Math.min(this.#options.count, this.#openTasks())) this.#start();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#surroundings.signal.removeEventListener('abort', this.#interrupt);
    const ends = [...this.#workers].map(async ({ child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const end = once(child, 'exit');
      send(child, { stop: true });
      await end;
    });
    await Promise.all(ends);
  }

  #openTasks(): number {
    return this.#waiting.length + [...this.#workers].filter(({ task }) => task).length;
  }

  #ask(task: Task): void {
    this.#waiting.push(task);
    this.#hand();
  }

  #askLater(task: Task, delay: number): void {
    setTimeout(() => this.#ask(task), delay);
  }

  /** Gives waiting jobs to workers that have none. */
  #hand(): void {
    for (const worker of this.#workers) {
      if (!worker.isReady || worker.task) continue;
      worker.task = this.#waiting.shift();
      if (!worker.task) return;
      send(worker.child, { do: worker.task.order });
    }
  }

  #start(): void {
    const { file, args = [] } = this.#options;
    const child = fork(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const worker: Worker = { child, isReady: false, task: undefined };
    this.#workers.add(worker);
    child.on('message', (message) => this.#hear(worker, message as FromWorker));
    child.on('exit', (code, signal) => this.#bury(worker, signal ?? `code ${code}`));
  }

  #hear(worker: Worker, message: FromWorker): void {
    const { task } = worker;
    if ('ready' in message) this.#welcome(worker, message.ready.adapter);
    else if (task) this.#hearOf(worker, task, message);
  }

  #hearOf(worker: Worker, task: Task, message: FromJob): void {
    const { watch } = this.#surroundings;
    if ('progress' in message) {
      const { done, total, note } = message.progress;
      watch.progress(task.order, done, total, note);
      return;
    }
    if ('said' in message) {
      watch.say(task.order, message.said.text, message.said.event);
      return;
    }
    if ('logged' in message) {
      watch.log(task.order, message.logged);
      return;
    }
    worker.task = undefined;
    if ('done' in message) task.resolve();
    else if ('held' in message) this.#askLater(task, HELD_MS);
    else if (message.isInterrupted) task.reject(new InterruptedError());
    else this.#fail(task, message.failed);
    this.#hand();
  }

  #welcome(worker: Worker, adapter: string): void {
    this.#adapter ??= adapter;
    if (adapter !== this.#adapter) {
      const reason = `a worker has the adapter ${adapter}, the first one had ${this.#adapter}, with other last bits`;
      this.#giveUp(
        new TaskgradError('WORKERS', `${this.#options.file}: ${reason}; give all of them the same`),
      );
      return;
    }
    worker.isReady = true;
    this.#stillborn = 0;
    this.#news.emit('known');
    this.#hand();
  }

  #fail(task: Task, reason: string): void {
    task.failures++;
    if (task.failures < TRIES) this.#askLater(task, RETRY_MS * task.failures);
    else task.reject(new JobError(task.order, `${reason}; set aside after ${TRIES} tries`));
  }

  #bury(worker: Worker, how: string): void {
    this.#workers.delete(worker);
    const { task, isReady } = worker;
    const isStopping = this.#surroundings.signal.aborted;
    if (task && isStopping) task.reject(new InterruptedError());
    else if (task) this.#fail(task, `its worker ended by ${how}`);
    if (this.#isClosed || isStopping || this.#trouble) return;
    if (isReady || ++this.#stillborn < TRIES) {
      this.#start();
      return;
    }
    const reason = `a worker ended ${TRIES} times before it called experiment.serve, the last time by ${how}`;
    this.#giveUp(new TaskgradError('WORKERS', `${this.#options.file}: ${reason}; run it alone to see why`));
  }

  #giveUp(trouble: TaskgradError): void {
    this.#trouble = trouble;
    for (const { reject } of this.#waiting.splice(0)) reject(trouble);
    this.#news.emit('known');
  }

  readonly #interrupt = (): void => {
    for (const { reject } of this.#waiting.splice(0)) reject(new InterruptedError());
    for (const { child } of this.#workers) child.kill('SIGTERM');
    this.#news.emit('known');
  };
}

function send(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message);
}
