import { chromeTrace } from '../../../runtime/chrome-trace';
import { GpuLostError } from '../../../runtime/errors';
import { GROUPINGS, type Grouping, type ProfileRow, summarize } from '../../../runtime/profile';
import { noGrad } from '../../autograd/tape';
import { softmax } from '../../ops/softmax';
import { type Curves, NO_CURVES, upTo, withPoint } from '../curves';
import { stepParts } from '../profile/step-parts';
import type {
  Activations,
  NamedFile,
  Prediction,
  Subject,
  TestAnswers,
  TestPoint,
  TrainPoint,
  TrainSettings,
} from '../protocol';
import { differences } from '../run-settings';
import type { Job } from './job';
import type { Keeper } from './keeper';
import { type Lab, taskOf } from './lab';
import { checkRun } from './records';
import { checkNew, filtersOf, type RunRecord, TrainRun, type TrainState } from './train-run';

/** Time between looks at the loss: a look waits for the GPU. */
const LOOK_MS = 200;
/** Time between copies of the run: at most so much has to be done again when the device is lost. */
const SAVE_MS = 2000;
/** Time between tests, and the least multiple of a test's own time: a slow adapter shall train most of the time. */
const TEST_MS = 5000;
const TEST_FACTOR = 4;
/** A run is tested first after this time, so that there is something to see of it. */
const FIRST_TEST_MS = 1000;

/**
 * The page's training run. Its state is kept outside the GPU, and in the browser: after a lost device, or when the page is
 * loaded again, it goes on from there.
 */
export class Trainer {
  private state: TrainState | undefined;
  private curves: Curves = NO_CURVES;
  /** Of the last test. */
  private answers: TestAnswers | undefined;
  /** `warm`: all that its steps need is compiled. */
  private run: { lab: Lab; run: TrainRun; warm: boolean } | undefined;
  /** Whose way through the layers is shown. */
  private subject: Subject | undefined;

  get exists(): boolean {
    return this.state !== undefined;
  }

  get step(): number {
    return this.state?.step ?? 0;
  }

  /** Steps that were made since the run was kept last, and would have to be made again. */
  get ahead(): number {
    return this.run ? this.run.run.step - this.step : 0;
  }

  /** Takes up the run that the browser kept, if it is whole. */
  async restore({ lab, tell, keeper }: Omit<Job, 'signal' | 'quick'>): Promise<void> {
    const kept = await keeper.read('run', (value) => {
      const record = checkRun(value);
      this.run = { lab, run: new TrainRun(lab, record.settings, record), warm: false };
      return record;
    });
    if (kept) this.show({ tell }, kept);
  }

  /** Puts a network out of a file in the place of the run. */
  async adopt({ lab, tell, keeper }: Job, state: TrainState): Promise<void> {
    const run = new TrainRun(lab, state.settings, state);
    this.close();
    this.run = { lab, run, warm: false };
    this.state = state;
    const record = { ...(await run.save()), curves: NO_CURVES };
    keeper.write('run', record);
    this.show({ tell }, record);
  }

  /** The run as it is now; with a lost device, as it was kept last. */
  async save(): Promise<TrainState | undefined> {
    try {
      return await (this.run?.run.save() ?? this.state);
    } catch (error) {
      if (error instanceof GpuLostError) return this.state;
      throw error;
    }
  }

  /** Trains until stopped. */
  async train(job: Job, settings: TrainSettings): Promise<void> {
    const run = await this.open(job, settings);
    await this.advance(job, run, () => job.signal.aborted);
  }

  /** Makes one step. */
  async makeStep(job: Job, settings: TrainSettings): Promise<void> {
    const run = await this.open(job, settings);
    const wanted = run.step + 1;
    await this.advance(job, run, () => run.step >= wanted);
  }

  /** Times every kernel of one step. */
  async profile({ tell, ...job }: Job, settings: TrainSettings): Promise<void> {
    const run = await this.open({ tell, ...job }, settings);
    run.advance(); // first-time work, such as the epoch's order, is not what a step costs
    const profile = await job.lab.gpu.profile(() => void run.advance());
    const rows = Object.fromEntries(GROUPINGS.map((by) => [by, summarize(profile, by)]));
    const { source, wallSeconds, gpuSeconds, dispatches } = profile;
    const facts = { source, wallSeconds, gpuSeconds, dispatches, step: run.step, parts: stepParts(profile) };
    const trace = JSON.stringify(chromeTrace(profile));
    tell({ type: 'profile', profile: { ...facts, rows: rows as Record<Grouping, ProfileRow[]>, trace } });
    const measure = await run.look();
    const imagesPerSecond = settings.batchSize / profile.wallSeconds;
    const epoch = run.step / run.stepsPerEpoch;
    this.plot(tell, { step: run.step, epoch, ...measure, imagesPerSecond });
    await this.keep(run, job.keeper);
  }

  /** What the run's network says of an image of grey values, white on black. */
  async predict(lab: Lab, pixels: Uint8Array): Promise<Prediction | undefined> {
    const { state } = this;
    if (!state) return undefined;
    const task = taskOf(state.settings.task);
    const run = this.runOn(lab, state.settings);
    const output = lab.gpu.scope(() =>
      noGrad(() => {
        run.net.eval();
        return softmax(run.net.forward(lab.image(run.about, pixels)), 1);
      }),
    );
    const probabilities = [...(await output.data())];
    output.dispose();
    return { probabilities, classes: task.classes, taskName: task.name, steps: run.step };
  }

  /** What the layers of the run's network make of a digit, which is shown from then on. */
  async look(lab: Lab, subject: Subject): Promise<Activations | undefined> {
    this.subject = subject;
    return this.state && this.runOn(lab, this.state.settings).activations(subject);
  }

  /** The run's network as an ONNX file. */
  async onnx(lab: Lab): Promise<NamedFile | undefined> {
    return this.state && this.runOn(lab, this.state.settings).onnx();
  }

  /** Forgets the run. */
  reset(): void {
    this.close();
    this.state = undefined;
    this.curves = NO_CURVES;
    this.answers = undefined;
  }

  /** The page is shown a run that comes from elsewhere. */
  private show({ tell }: Pick<Job, 'tell'>, { curves, answers, ...state }: RunRecord): void {
    this.state = state;
    this.curves = curves;
    this.answers = answers;
    const { settings, step, origin } = state;
    tell({ type: 'run', run: { settings, step, origin, ...curves } });
    const filters = filtersOf(state);
    if (filters) tell({ type: 'filters', filters });
    if (answers) tell({ type: 'answers', answers });
  }

  private plot(tell: Job['tell'], point: TrainPoint): void {
    this.curves = { ...this.curves, points: withPoint(this.curves.points, point) };
    tell({ type: 'point', point });
  }

  private plotTest(tell: Job['tell'], point: TestPoint): void {
    this.curves = { ...this.curves, tests: [...this.curves.tests, point] };
    tell({ type: 'test', point });
  }

  /** Keeps the run outside the GPU. */
  private async keep(run: TrainRun, keeper: Keeper): Promise<TrainState> {
    const { curves, answers } = this;
    const state = await run.save();
    this.state = state;
    keeper.write('run', { ...state, curves: upTo(curves, state.step), answers } satisfies RunRecord);
    return state;
  }

  private async advance(job: Job, run: TrainRun, done: () => boolean): Promise<void> {
    const { lab, tell, keeper } = job;
    let images = 0;
    let looked = performance.now();
    let saved = looked;
    const look = async () => {
      const step = run.step;
      const measure = await run.look();
      const now = performance.now();
      const imagesPerSecond = (images * 1000) / Math.max(1, now - looked);
      this.plot(tell, { step, epoch: step / run.stepsPerEpoch, ...measure, imagesPerSecond });
      await tell({ type: 'progress', ...progressOf(run) }); // a page that is busy is waited for
      looked = performance.now();
      images = 0;
    };
    const keep = async () => {
      const filters = filtersOf(await this.keep(run, keeper));
      if (filters) tell({ type: 'filters', filters });
      if (this.subject) tell({ type: 'activations', activations: await run.activations(this.subject) });
      saved = performance.now();
    };
    let nextTest = performance.now() + (run.step === 0 ? FIRST_TEST_MS : TEST_MS);
    const test = async () => {
      const step = run.step;
      const started = performance.now();
      const { measure, answers } = await run.test();
      this.plotTest(tell, { step, ...measure });
      this.answers = answers;
      tell({ type: 'answers', answers });
      looked = performance.now();
      nextTest = looked + Math.max(TEST_MS, TEST_FACTOR * (looked - started));
    };
    while (!done()) {
      images += run.advance();
      await lab.gpu.pace();
      const now = performance.now();
      if (now - looked > LOOK_MS) await look();
      if (now - saved > SAVE_MS) await keep();
      if (now > nextTest) {
        if (images > 0) await look();
        await test();
      }
    }
    if (images > 0) await look();
    await keep();
  }

  /** The run of these settings on this lab: the one under way, or another from the beginning. */
  private async open({ lab, tell }: Job, settings: TrainSettings): Promise<TrainRun> {
    const isSame = this.state && differences(this.state.settings, settings).length === 0;
    if (!isSame) {
      checkNew(settings);
      this.reset();
      tell({ type: 'rewind', step: 0, settings });
    }
    const known = this.run?.lab === lab;
    const run = this.runOn(lab, settings);
    if (!known) {
      this.curves = upTo(this.curves, run.step);
      tell({ type: 'rewind', step: run.step, settings });
    }
    if (this.run?.warm) return run;
    await run.warmUp();
    if (this.run?.run === run) this.run.warm = true;
    this.state ??= await run.save();
    const filters = filtersOf(this.state);
    if (filters) tell({ type: 'filters', filters });
    return run;
  }

  private runOn(lab: Lab, settings: TrainSettings): TrainRun {
    if (this.run?.lab === lab) return this.run.run;
    this.close();
    this.run = { lab, run: new TrainRun(lab, settings, this.state), warm: false };
    return this.run.run;
  }

  private close(): void {
    this.run?.run.dispose();
    this.run = undefined;
  }
}

/** How far an epoch has come. */
function progressOf({ step, stepsPerEpoch }: TrainRun): { text: string; done: number; total: number } {
  const epoch = Math.max(0, Math.ceil(step / stepsPerEpoch) - 1);
  const done = step - epoch * stepsPerEpoch;
  return { text: `Epoch ${epoch + 1}, step ${done} of ${stepsPerEpoch}`, done, total: stepsPerEpoch };
}
