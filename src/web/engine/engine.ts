import { GpuLostError, GpuUnavailableError, TaskgradError } from '../../../runtime/errors';
import { DataError } from '../../data/errors';
import type { Dataset } from '../../data/images';
import { InterruptedError } from '../../training/errors';
import type { OwnAsk } from '../own/protocol';
import type { Activity, Command, Failure } from '../protocol';
import type { Job, Tell } from './job';
import { Lab } from './lab';
import { Linked } from './linked';
import { Measurer } from './measurer';
import { loadMnistFrom } from './mnist-stream';
import { onnxOf } from './onnx-file';
import { OwnLearner } from './own/learner';
import { Rivals } from './rivals';
import { Searcher } from './searcher';
import { Trainer } from './trainer';

/** A browser whose GPU process has just died offers no adapter for a moment. */
const REOPEN_TRIES = 20;
const REOPEN_WAIT_MS = 250;
/** How often a piece of work goes on after it lost its device. */
const MOST_LOSSES = 3;

const OWN_ACTIVITIES = {
  train: 'training',
  fisher: 'measuring',
  compare: 'measuring',
  search: 'searching',
} as const satisfies Partial<Record<OwnAsk['type'], Activity>>;

type OpenCommand = Extract<Command, { type: 'open' }>;

/** Everything behind the page: one GPU, the run, the distances, the search. Does one thing at a time. */
export class Engine {
  private readonly trainer = new Trainer();
  private readonly measurer = new Measurer();
  private readonly searcher = new Searcher();
  private readonly learner = new OwnLearner();
  private readonly rivals = new Rivals();
  private readonly linked = new Linked();
  private data: Dataset | undefined;
  private lab: Promise<Lab> | undefined;
  private quick = false;
  /** What is under way, or was last. */
  private current: { readonly stop: AbortController; readonly done: Promise<void> } = {
    stop: new AbortController(),
    done: Promise.resolve(),
  };

  constructor(
    private readonly tell: Tell,
    /** Where MNIST is. */
    private readonly dataUrl: string,
  ) {}

  /** Does what the page asks for. */
  handle(command: Command): void {
    const { trainer, measurer, searcher } = this;
    switch (command.type) {
      case 'open':
        this.become('opening', () => this.open(command));
        break;
      case 'train':
        this.begin('training', (job) => trainer.train(job, command.settings));
        break;
      case 'step':
        this.begin('training', (job) => trainer.makeStep(job, command.settings));
        break;
      case 'profile':
        this.begin('profiling', (job) => trainer.profile(job, command.settings));
        break;
      case 'fisher':
        this.begin('measuring', (job) => measurer.picture(job, command.settings));
        break;
      case 'matrix':
        this.begin('measuring', (job) => measurer.matrix(job, command.network));
        break;
      case 'seeds':
        this.begin('measuring', (job) => measurer.overSeeds(job, command.network, command.seeds));
        break;
      case 'search':
        this.begin('searching', (job) => searcher.search(job, command.task, command.anew));
        break;
      case 'own':
        this.own(command.ask);
        break;
      case 'compare':
        this.begin('searching', (job) => this.rivals.compare(job, command.task));
        break;
      case 'linked':
        this.linked.show(this.tell, command.task, command.code);
        break;
      case 'trainLinked':
        this.begin('searching', (job) => this.linked.train(job, command.task, command.code));
        break;
      case 'onnx':
        void this.aside(async (lab) => {
          const { from } = command;
          const file = from ? await onnxOf(lab, from.name, from.bytes) : await this.trainer.onnx(lab);
          if (file) this.tell({ type: 'file', file });
        });
        break;
      case 'draw':
        void this.aside(async (lab) => {
          const prediction = await this.trainer.predict(lab, command.pixels);
          if (prediction) this.tell({ type: 'drawn', prediction });
        });
        break;
      case 'look':
        void this.aside(async (lab) => {
          const activations = await this.trainer.look(lab, command.subject);
          if (activations) this.tell({ type: 'activations', activations });
        });
        break;
      case 'pause':
        this.current.stop.abort();
        break;
      case 'reset':
        this.become('idle', async () => this.forget());
    }
  }

  private own(ask: OwnAsk): void {
    if (ask.type === 'name') void this.aside((lab) => this.nameOwn(lab, ask.pixels));
    else this.begin(OWN_ACTIVITIES[ask.type], (job) => this.learner.work(job, ask));
  }

  private async nameOwn(lab: Lab, pixels: Uint8Array): Promise<void> {
    const probabilities = await this.learner.name(lab, this.quick, pixels);
    if (probabilities) this.tell({ type: 'own', own: { type: 'named', probabilities } });
  }

  private forget(): void {
    this.trainer.reset();
    this.tell({ type: 'rewind', step: 0, settings: null });
  }

  private async open({ trainImages, testImages, quick }: OpenCommand): Promise<void> {
    this.quick = quick;
    const loading = loadMnistFrom({
      from: this.dataUrl,
      train: trainImages,
      test: testImages,
      onProgress: (received, total) => this.tell({ type: 'loading', received, total }),
    });
    this.data = await loading;
    const { gpu } = await this.openLab();
    const { train, test } = this.data;
    this.tell({ type: 'opened', adapter: gpu.adapter, train: train.labels.length, test: test.labels.length });
  }

  /** The GPU, opened again if it was lost. */
  private openLab(): Promise<Lab> {
    const { data } = this;
    if (!data) throw new TaskgradError('DEMO_DATA', 'the images are not loaded yet');
    this.lab ??= Lab.open(data, this.quick).then(
      (lab) => {
        lab.gpu.runtime.device.lost.then(({ message, reason }) => this.onLost(message || reason));
        return lab;
      },
      (error) => {
        this.lab = undefined;
        throw error;
      },
    );
    return this.lab;
  }

  private onLost(reason: string): void {
    this.lab = undefined;
    this.tell({ type: 'lost', reason });
    // Whatever is under way opens another; otherwise there is nothing to wait for.
    const { done } = this.current;
    done.then(() => {
      if (!this.lab) this.become('recovering', () => this.reopen().then(() => undefined));
    });
  }

  /** Opens another device in place of a lost one. */
  private async reopen(): Promise<Lab> {
    for (let tries = 1; ; tries++) {
      try {
        const lab = await this.openLab();
        const { step, ahead } = this.trainer;
        this.tell({ type: 'recovered', adapter: lab.gpu.adapter, step, ahead });
        return lab;
      } catch (error) {
        if (!(error instanceof GpuUnavailableError) || tries === REOPEN_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, REOPEN_WAIT_MS));
      }
    }
  }

  /** Does a piece of work on the GPU, again on another device whenever one is lost. */
  private begin(activity: Activity, work: (job: Job) => Promise<void>): void {
    this.become(activity, async (signal) => {
      for (let losses = 0; ; losses++) {
        try {
          const lab = await (this.lab ?? this.reopen());
          this.tell({ type: 'activity', activity });
          return await work({ lab, signal, tell: this.tell, quick: this.quick });
        } catch (error) {
          if (!(error instanceof GpuLostError)) throw error;
          if (losses === MOST_LOSSES) throw lostTooOften(error);
          this.tell({ type: 'activity', activity: 'recovering' });
        }
      }
    });
  }

  /** Stops what is under way, then does this. */
  private become(activity: Activity, work: (signal: AbortSignal) => Promise<void>): void {
    const before = this.current;
    before.stop.abort();
    const stop = new AbortController();
    const run = async () => {
      await before.done;
      if (stop.signal.aborted) return;
      this.tell({ type: 'activity', activity });
      try {
        await work(stop.signal);
      } catch (error) {
        if (!(error instanceof InterruptedError)) {
          const failure = failureOf(error);
          this.tell({ type: 'failed', failure });
          if (failure.kind !== 'request') return;
        }
      }
      if (this.current.stop === stop)
        this.tell({ type: 'activity', activity: this.trainer.exists ? 'paused' : 'idle' });
    };
    this.current = { stop, done: run() };
  }

  /** Does something that takes a moment only, beside what is under way. */
  private async aside(work: (lab: Lab) => Promise<void>): Promise<void> {
    try {
      if (this.data) await work(await (this.lab ?? this.reopen()));
    } catch (error) {
      if (!(error instanceof GpuLostError)) this.tell({ type: 'failed', failure: failureOf(error) });
    }
  }
}

function lostTooOften({ reason }: GpuLostError): TaskgradError {
  const advice = 'close other programs that use it; the work can be gone on with from where it was kept last';
  return new TaskgradError(
    'GPU_LOST',
    `the graphics device was lost ${MOST_LOSSES + 1} times (${reason}); ${advice}`,
  );
}

function failureOf(error: unknown): Failure {
  if (error instanceof GpuUnavailableError) {
    const { attempts, remedy } = error;
    const tried = attempts.map(({ what, outcome }) => `${what}: ${outcome}`).join('; ');
    return { kind: 'no-webgpu', message: `No WebGPU adapter (${tried}).`, advice: remedy };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DataError) {
    return { kind: 'data', message, advice: error.problem.advice ?? 'Reload the page.' };
  }
  if (error instanceof TaskgradError) return { kind: 'request', message, advice: '' };
  return { kind: 'request', message, advice: 'This is a defect of the page; reloading it may help.' };
}
