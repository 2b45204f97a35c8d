import { BindGroups, type Bound } from './bind-groups';
import { Captured } from './captured';
import type { GpuClock } from './clock';
import type { Command } from './command';
import { CaptureError, GpuLimitError, type GpuOutOfMemoryError } from './errors';
import type { FoundAdapter } from './host';
import type { Dispatch, Kernel, Ready } from './kernel';
import { Pictures, type Shown } from './pictures';
import type { PipelineCache } from './pipelines';
import type { BufferPool } from './pool';
import type { Profiler } from './profiler';
import { type Recorded, Recording } from './recording';
import type { Reserve } from './reserve';
import { currentTags, listen, timed } from './tags';
import type { Trials } from './trials';
import { checkUniforms } from './uniform-check';
import { blockOf, MAX_UNIFORM_BYTES, UniformArena } from './uniforms';
import type { ParamsLayout } from './wgsl/params';

/** Dispatches of a batch. More of them make submitting cheaper, fewer keep the GPU busy. */
export const BATCH = 128;
const MAX_BATCHES_IN_FLIGHT = 2;

/** What a kernel's text says of it. */
interface Declared {
  /** How its uniforms lie. */
  readonly params: ParamsLayout;
  /** Which of its buffers it sees as textures. */
  readonly places: readonly number[];
}

const NONE_SHOWN: readonly Shown[] = [];

/** The buffers of a dispatch, with pictures in the places of those that are shown. */
function boundTo({ buffers }: Dispatch, places: readonly number[], shown: readonly Shown[]): Bound[] {
  const bound: Bound[] = [...buffers];
  for (const [i, place] of places.entries()) bound[place] = shown[i].picture;
  return bound;
}

/** Folds a count of workgroups into two dimensions where one is too small for it. */
export function foldGroups(groups: number, limit: number): [number, number] {
  if (groups <= limit) return [groups, 1];
  const rows = Math.ceil(groups / limit);
  if (rows > limit) {
    const name = 'maxComputeWorkgroupsPerDimension²';
    throw new GpuLimitError(name, groups, limit * limit, 'a dispatch', 'workgroups');
  }
  return [Math.ceil(groups / rows), rows];
}

/** Records dispatches into one compute pass and submits them together. */
export class Recorder {
  private readonly uniforms: UniformArena;
  private readonly bindGroups: BindGroups;
  private readonly pictures: Pictures;
  private readonly declared = new Map<Kernel, Declared>();
  /** Of a dispatch, in each dimension. */
  private readonly mostGroups: number;
  /** What was recorded before `encoder`, to be submitted in parts. */
  private parts: GPUCommandBuffer[] = [];
  private encoder: GPUCommandEncoder | undefined;
  private pass: GPUComputePassEncoder | undefined;
  private recorded = 0;
  private inFlight: Promise<void>[] = [];
  private profiler: Profiler | undefined;
  private capturing: Recording | undefined;
  /** Counted for tests and the profiler. */
  submits = 0;
  dispatches = 0;

  constructor(
    private readonly device: GPUDevice,
    private readonly pipelines: PipelineCache,
    private readonly pool: BufferPool,
    private readonly clock: GpuClock,
    private readonly trials: Trials,
    private readonly found: Pick<FoundAdapter, 'waits' | 'collect' | 'rounds'>,
    refused: (error: GpuOutOfMemoryError) => void,
  ) {
    this.mostGroups = device.limits.maxComputeWorkgroupsPerDimension;
    this.bindGroups = new BindGroups(device, found.collect);
    this.pictures = new Pictures(device, refused);
    this.uniforms = new UniformArena(device, BATCH, MAX_UNIFORM_BYTES);
  }

  dispatch(dispatch: Dispatch): void {
    if (dispatch.groups === 0) return;
    const ready = dispatch.recurs?.ready ?? this.ready(dispatch);
    const { pipeline, params, places, uniforms, words, x, y } = ready;
    const isUntried = this.pipelines.isUntried(pipeline);
    if (isUntried) this.openTrial();
    const place = words ? this.uniforms.stageAgain(words) : this.uniforms.stage(params, uniforms);
    const shown = places.length === 0 ? NONE_SHOWN : this.show(dispatch, places);
    const bound = shown.length === 0 ? dispatch.buffers : boundTo(dispatch, places, shown);
    const group = this.bindGroups.get(pipeline, this.uniforms.buffer, place, bound);
    const command = { pipeline, group, bound, shown, x, y, dispatch, params, uniforms, tags: currentTags() };
    this.capturing?.add(command);
    this.encode(command);
    if (isUntried) this.closeTrial(command);
    if (this.recorded >= BATCH) this.submit();
  }

  /** Kept where the dispatch recurs, once its pipeline is known to be valid. */
  private ready(dispatch: Dispatch): Ready {
    const { kernel, constants, recurs } = dispatch;
    foldGroups(dispatch.groups, this.mostGroups); // as many as any adapter may refuse
    const declared = this.declaredBy(dispatch);
    const { groups, uniforms } = this.found.rounds?.share(declared.params, dispatch) ?? dispatch;
    const [x, y] = foldGroups(groups, this.mostGroups);
    const pipeline = this.pipelines.get(kernel, constants);
    const ready = { ...declared, pipeline, uniforms, x, y };
    if (recurs && !this.pipelines.isUntried(pipeline))
      recurs.ready = { ...ready, words: blockOf(declared.params, uniforms) };
    return ready;
  }

  /** Sets apart what was recorded before a dispatch that may be invalid. */
  private openTrial(): void {
    this.closePart();
    this.trials.separate();
    this.device.pushErrorScope('validation');
  }

  /** Sets the dispatch itself apart. Whether it is left out is known later. */
  private closeTrial({ dispatch, pipeline }: Command): void {
    this.closePart();
    const { buffers, written = buffers.length } = dispatch;
    const outcome = this.pipelines.tried(dispatch, pipeline, this.device.popErrorScope());
    this.trials.begin(buffers, written, outcome);
    this.trials.separate();
  }

  /** An invalid command takes along all that is in one command buffer, or one call of `submit`. */
  private closePart(): void {
    if (!this.encoder) return;
    this.closePass();
    this.parts.push(this.encoder.finish());
    this.encoder = undefined;
  }

  /** What a kernel declares; the uniforms of its first dispatch are checked. @throws UniformError */
  private declaredBy({ kernel, uniforms }: Dispatch): Declared {
    const known = this.declared.get(kernel);
    if (known) return known;
    const params = this.pipelines.paramsOf(kernel);
    checkUniforms(kernel.name, this.found.rounds?.own(params) ?? params, uniforms);
    const declared = { params, places: this.pipelines.shownBy(kernel) };
    this.declared.set(kernel, declared);
    return declared;
  }

  private show({ buffers, written = 0, strips }: Dispatch, places: readonly number[]): Shown[] {
    return places.map((place) => this.pictures.show(buffers[place], place, strips?.[place - written]));
  }

  /** Runs `work` as ever and keeps its dispatches. Where they cannot be replayed, it says why. */
  capture<T>(reserve: Reserve, work: () => T): { result: T; captured: Captured | CaptureError } {
    const recording = new Recording(reserve);
    const stop = listen(() => undefined); // tags are kept only while somebody listens
    this.capturing = recording;
    try {
      const result = work();
      const recorded = recording.finish();
      const refused = recorded instanceof CaptureError;
      return { result, captured: refused ? recorded : this.keep(recorded) };
    } finally {
      this.capturing = undefined;
      stop();
    }
  }

  /** Bind groups of untried pipelines may be refused. Then their dispatches are too, which is reported by itself. */
  private keep(recorded: Recorded): Captured {
    const someUntried = recorded.commands.some(({ pipeline }) => this.pipelines.isUntried(pipeline));
    if (someUntried) this.device.pushErrorScope('validation');
    const captured = new Captured(this.device, this.bindGroups, recorded);
    if (someUntried) this.device.popErrorScope().catch(() => undefined);
    return captured;
  }

  /** Makes the dispatches of a captured step again. @throws CaptureError, or what was lost, before any of them */
  replay(captured: Captured): void {
    captured.check();
    if (this.isOpen && captured.lastBatch === this.submits) this.submit(); // its uniform blocks are in use
    if (this.trials.hasLosses) for (const command of captured.commands) this.checkUsable(command);
    captured.prepare();
    for (const command of captured.commands) {
      const isUntried = this.pipelines.isUntried(command.pipeline);
      if (isUntried) this.openTrial();
      this.encode(command);
      if (isUntried) this.closeTrial(command);
      if (this.recorded >= BATCH) this.submit();
    }
    captured.lastBatch = this.submits;
  }

  /** The step being captured. */
  get recording(): Recording | undefined {
    return this.capturing;
  }

  /** Whether dispatches wait to be submitted. */
  get isOpen(): boolean {
    return this.encoder !== undefined || this.parts.length > 0;
  }

  get isProfiled(): boolean {
    return this.profiler !== undefined;
  }

  /** Whether dispatches should say what they work on: for a profile, or for that of a later replay. */
  get wantsWorkload(): boolean {
    return this.profiler !== undefined || this.capturing !== undefined;
  }

  /** Has every dispatch from now on timed by a pass of its own, or no longer. */
  profile(profiler: Profiler | undefined): void {
    this.submit();
    this.profiler = profiler;
  }

  /** Submits what was recorded, and `last` (copies to read back, say) with it. */
  submit(last?: (encoder: GPUCommandEncoder) => void): void {
    if (!this.isOpen && !last) return;
    timed('submit', () => this.send(last));
  }

  /** Lets go of the bind groups there are, which cost the driver memory. Those that are needed are made anew. */
  forgetBindGroups(): void {
    this.bindGroups.clear();
  }

  /** Submits, then waits until at most two batches are under way, so that a fast caller cannot outrun the GPU. */
  async pace(): Promise<void> {
    this.submit();
    while (this.inFlight.length > MAX_BATCHES_IN_FLIGHT) await this.inFlight[0];
  }

  async idle(): Promise<void> {
    this.submit();
    await Promise.all(this.inFlight);
  }

  private send(last: ((encoder: GPUCommandEncoder) => void) | undefined): void {
    this.closePass();
    if (last) {
      this.encoder ??= this.device.createCommandEncoder();
      last(this.encoder);
    }
    this.closePart();
    this.trials.separate();
    this.uniforms.upload();
    for (const part of this.parts) this.device.queue.submit([part]);
    this.parts = [];
    this.recorded = 0;
    this.submits += 1;
    this.pool.submitted();
    this.clock.submitted(BATCH);
    const done = this.device.queue.onSubmittedWorkDone().then(
      () => undefined,
      () => undefined, // the device was lost, which is reported by itself
    );
    this.profiler?.submitted(done);
    this.inFlight.push(done);
    this.found.waits?.began();
    done.then(() => {
      this.inFlight.splice(this.inFlight.indexOf(done), 1);
      this.found.waits?.ended();
    });
  }

  private checkUsable({ pipeline, dispatch }: Command): void {
    const failure = this.pipelines.failureOf(pipeline) ?? dispatch.buffers.find(({ lost }) => lost)?.lost;
    if (failure) throw failure;
  }

  private encode(command: Command): void {
    const { buffers, written = buffers.length } = command.dispatch;
    this.trials.note(buffers, written);
    this.copyShown(command);
    const pass = this.pass ?? this.openPass(command);
    pass.setPipeline(command.pipeline);
    pass.setBindGroup(0, command.group);
    pass.dispatchWorkgroups(command.x, command.y);
    if (this.profiler) this.closePass();
    this.recorded += 1;
    this.dispatches += 1;
  }

  /** A pass cannot copy. */
  private copyShown({ shown }: Command): void {
    if (shown.length === 0) return;
    this.closePass();
    this.encoder ??= this.device.createCommandEncoder();
    for (const one of shown) this.pictures.copy(this.encoder, one);
  }

  private openPass({ dispatch, tags }: Command): GPUComputePassEncoder {
    this.encoder ??= this.device.createCommandEncoder();
    this.pass = this.encoder.beginComputePass(
      this.clock.passDescriptor(this.profiler?.dispatched(dispatch, tags)),
    );
    return this.pass;
  }

  private closePass(): void {
    this.pass?.end();
    this.pass = undefined;
  }
}
