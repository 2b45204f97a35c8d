import { GpuLostError, GpuUnavailableError, TaskgradError } from '../../../runtime/errors';
import { openGpu } from '../../browser';
import type { Gpu } from '../../tensor/gpu';
import { InterruptedError } from '../../training/errors';
import type { OwnAsk } from '../own/protocol';
import type { Activity, Command } from '../protocol';
import { failureOf, lostTooOften, MOST_LOSSES } from './failure';
import type { Job } from './job';
import { Keeper } from './keeper';
import { Lab } from './lab';
import { Linked } from './linked';
import { Measurer } from './measurer';
import { Mnist } from './mnist';
import { decodeRun, encodeRun } from './network-file';
import { onnxOf } from './onnx-file';
import { OwnLearner } from './own/learner';
import { checkInk } from './records';
import { Rivals } from './rivals';
import { Searcher } from './searcher';
import type { Tell } from './tell';
import { Trainer } from './trainer';
import { type Turn, Turns } from './turns';

/** A browser whose GPU process has just died offers no adapter for a moment. */
const REOPEN_TRIES = 20;
const REOPEN_WAIT_MS = 250;
/** How long a download may bring nothing; in tests shorter. */
const PATIENCE_MS = { patient: 20_000, quick: 2500 };

const INK_MS = 200;

const OWN_ACTIVITIES = {
  train: 'ownTraining',
  fisher: 'ownMeasuring',
  compare: 'ownMeasuring',
  search: 'ownSearching',
} as const satisfies Partial<Record<OwnAsk['type'], Activity>>;

type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>;

/** How a piece of work is done. */
interface How {
  /** Whether it goes on by itself after work that displaced it; default: true. */
  readonly lasts?: boolean;
  /** Whether it needs MNIST's training images, and waits for them; default: true. */
  readonly onMnist?: boolean;
}

/** What is there once the page is open. */
interface Opened {
  readonly mnist: Mnist;
  readonly keeper: Keeper;
}

/** Everything behind the page: one GPU, the run, the distances, the search. Does one thing at a time. */
export class Engine {
  private readonly trainer = new Trainer();
  private readonly measurer = new Measurer();
  private readonly searcher = new Searcher();
  private readonly learner = new OwnLearner();
  private readonly rivals = new Rivals();
  private readonly linked = new Linked();
  private readonly turns: Turns;
  private opened: Opened | undefined;
  private lab: Promise<Lab> | undefined;
  /** The one that was opened last. */
  private newest: Lab | undefined;
  private quick = false;
  private inkTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly tell: Tell,
    /** Where MNIST is. */
    private readonly dataUrl: string,
  ) {
    this.turns = new Turns(
      tell,
      () => this.trainer.exists,
      (error) => this.explain(error),
    );
  }

  /** Does what the page asks for. */
  handle(command: Command): void {
    const { trainer, measurer, turns } = this;
    switch (command.type) {
      case 'open':
        turns.begin({ activity: 'opening', work: () => this.open(command) });
        break;
      case 'train':
        this.begin('training', (job) => trainer.train(job, command.settings));
        break;
      case 'step':
        this.begin('training', (job) => trainer.makeStep(job, command.settings), { lasts: false });
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
        this.search(command);
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
          const file = from ? await onnxOf(lab, from) : await this.trainer.onnx(lab);
          if (file) this.tell({ type: 'file', name: `${file.name}.onnx`, content: file.bytes });
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
      case 'ink':
        this.keepInk(command.ink);
        break;
      case 'pause':
        turns.pause(command.activity);
        break;
      case 'reset':
        turns.pause('training');
        turns.begin({ activity: 'idle', work: async () => this.forgetRun() });
        break;
      case 'fresh':
        turns.forget();
        turns.pause();
        turns.begin({ activity: 'idle', work: () => this.forgetAll() });
        break;
      case 'save':
        void this.save();
        break;
      case 'load':
        this.begin('training', (job) => this.load(job, command), { lasts: false, onMnist: false });
    }
  }

  private own(ask: OwnAsk): void {
    const { learner, opened } = this;
    switch (ask.type) {
      case 'keep':
        if (opened) learner.collect(opened.keeper, ask.collected);
        break;
      case 'name':
        void this.aside(async (lab) => {
          const probabilities = await learner.name(lab, this.quick, ask.pixels);
          if (probabilities) this.tell({ type: 'own', own: { type: 'named', probabilities } });
        });
        break;
      case 'file':
        void this.aside(async (lab) => {
          const file = await learner.file(lab, this.quick, ask.format);
          if (file) this.tell({ type: 'file', name: file.name, content: file.bytes });
        });
        break;
      default:
        this.begin(OWN_ACTIVITIES[ask.type], (job) => learner.work(job, ask), {
          onMnist: ask.type === 'compare',
        });
    }
  }

  private search({ task, anew }: CommandOf<'search'>): void {
    let first = anew; // once only: it may go on after a lost device, or after other work
    this.begin('searching', (job) => {
      const fromBeginning = first;
      first = false;
      return this.searcher.search(job, task, fromBeginning);
    });
  }

  private forgetRun(): void {
    this.trainer.reset();
    this.opened?.keeper.remove('run');
    this.tell({ type: 'rewind', step: 0, settings: null });
  }

  private async forgetAll(): Promise<void> {
    this.trainer.reset();
    this.measurer.forget();
    this.searcher.forget();
    this.learner.forget();
    this.rivals.forget();
    this.linked.forget();
    clearTimeout(this.inkTimer);
    await this.opened?.keeper.clear();
    this.tell({ type: 'fresh' });
  }

  /** A drawing changes with every frame; it is kept once it rests for a moment. */
  private keepInk(ink: Uint8Array | undefined): void {
    clearTimeout(this.inkTimer);
    const keeper = this.opened?.keeper;
    this.inkTimer = setTimeout(() => (ink ? keeper?.write('ink', ink) : keeper?.remove('ink')), INK_MS);
  }

  private async open({ trainImages, testImages, quick, files }: CommandOf<'open'>): Promise<void> {
    const before = this.lab;
    this.quick = quick;
    this.opened = this.lab = undefined;
    (await before?.catch(() => undefined))?.dispose();
    // Before the images: without a GPU they are of no use.
    const gpu = await openGpu();
    this.tell({ type: 'adapter', adapter: gpu.adapter });
    try {
      const mnist = await Mnist.open({
        from: files ?? this.dataUrl,
        train: trainImages,
        test: testImages,
        patienceMs: quick ? PATIENCE_MS.quick : PATIENCE_MS.patient,
        onProgress: (received, total) => this.tell({ type: 'loading', received, total }),
        onStall: (seconds) => this.tell({ type: 'stalled', seconds }),
      });
      const keeper = await Keeper.open(identityOf(mnist, quick), this.tell);
      const opened = { mnist, keeper };
      this.opened = opened;
      const lab = this.watched(gpu, opened);
      this.lab = Promise.resolve(lab);
      await this.restore(lab, keeper);
      const { labels, isWhole } = mnist;
      const images = { train: labels.train.length, test: labels.test.length };
      this.tell({ type: 'opened', adapter: gpu.adapter, ...images, isWhole });
      if (!isWhole) mnist.settled.then(() => this.opened === opened && this.onArrival(mnist));
    } catch (error) {
      this.opened = this.lab = undefined;
      gpu.dispose();
      throw error;
    }
  }

  /** The training images have come, or something keeps them from it. */
  private onArrival({ isWhole, problem }: Mnist): void {
    if (isWhole) this.tell({ type: 'whole' });
    else this.tell({ type: 'failed', failure: failureOf(problem, true) });
  }

  /** Takes up the work that the browser kept. */
  private async restore(lab: Lab, keeper: Keeper): Promise<void> {
    const { tell, quick, trainer, measurer, searcher, rivals, learner } = this;
    const ink = await keeper.read('ink', checkInk);
    if (ink) tell({ type: 'ink', ink });
    await measurer.restore({ tell, keeper });
    await searcher.restore({ tell, keeper, quick });
    await rivals.restore({ tell, keeper });
    await learner.restore({ tell, keeper });
    await this.linked.restore({ keeper });
    await trainer.restore({ lab, tell, keeper });
  }

  private watched(gpu: Gpu, { mnist }: Opened): Lab {
    const lab = Lab.on(gpu, mnist, this.quick);
    this.newest = lab;
    gpu.runtime.device.lost.then(({ message, reason }) => this.onLost(lab, message || reason));
    return lab;
  }

  /** The GPU, opened again if it was lost. */
  private openLab(): Promise<Lab> {
    const { opened } = this;
    if (!opened) throw new TaskgradError('DEMO_DATA', 'the images are not loaded yet');
    this.lab ??= openGpu().then(
      (gpu) => this.watched(gpu, opened),
      (error) => {
        this.lab = undefined;
        throw error;
      },
    );
    return this.lab;
  }

  private async onLost(lost: Lab, reason: string): Promise<void> {
    if (this.newest !== lost || !this.lab) return;
    this.lab = undefined;
    this.tell({ type: 'lost', reason });
    // Whatever is under way opens another; otherwise there is nothing to wait for.
    await this.turns.done;
    if (!this.lab) this.turns.begin({ activity: 'recovering', work: async () => void (await this.reopen()) });
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
  private begin(activity: Activity, work: (job: Job) => Promise<void>, how: How = {}): void {
    const { tell, quick } = this;
    const { lasts = true, onMnist = true } = how;
    const turn: Turn = {
      activity,
      lasts,
      work: async (signal) => {
        for (let losses = 0; ; losses++) {
          try {
            const lab = await (this.lab ?? this.reopen());
            const { opened } = this;
            if (!opened) throw new TaskgradError('DEMO_DATA', 'the images are not loaded yet');
            tell({ type: 'activity', activity });
            if (onMnist) await this.waitFor(opened.mnist, signal);
            return await work({ lab, signal, tell, quick, keeper: opened.keeper });
          } catch (error) {
            if (!(error instanceof GpuLostError)) throw error;
            if (losses === MOST_LOSSES) throw lostTooOften(error);
            tell({ type: 'activity', activity: 'recovering' });
          }
        }
      },
    };
    this.turns.begin(turn);
  }

  private waitFor(mnist: Mnist, signal: AbortSignal): Promise<void> {
    const text = 'Waiting for MNIST’s training images';
    return mnist.arrived(signal, (done, total) => this.tell({ type: 'progress', text, done, total }));
  }

  /** Tells what went wrong. @returns whether something else can be done */
  private explain(error: unknown): boolean {
    if (error instanceof InterruptedError) return true;
    const { opened } = this;
    const lacksTraining = opened !== undefined && error === opened.mnist.problem;
    const failure = failureOf(error, opened === undefined || lacksTraining);
    this.tell({ type: 'failed', failure });
    return lacksTraining || failure.kind === 'request';
  }

  /** Does something that takes a moment only, beside what is under way. */
  private async aside(work: (lab: Lab) => Promise<void>): Promise<void> {
    try {
      if (this.opened) await work(await (this.lab ?? this.reopen()));
    } catch (error) {
      if (!(error instanceof GpuLostError)) this.explain(error);
    }
  }

  private async save(): Promise<void> {
    try {
      const state = await this.trainer.save();
      if (!state) return;
      const { task, network } = state.settings;
      const name = `${network}-task${task}-step${state.step}.safetensors`;
      this.tell({ type: 'file', name, content: encodeRun(state) });
    } catch (error) {
      this.explain(error);
    }
  }

  private async load(job: Job, { file, settings }: CommandOf<'load'>): Promise<void> {
    await this.trainer.adopt(job, await decodeRun(job.lab, file, settings));
  }
}

/** What work is of: with other images, or narrower networks, it cannot go on. */
function identityOf({ labels, mean, std }: Mnist, quick: boolean): string {
  const images = `${labels.train.length}+${labels.test.length}`;
  return [images, ...mean, ...std, quick ? 'quick' : 'whole'].join(' ');
}
