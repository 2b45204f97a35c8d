import type { AdapterFacts } from './adapter-facts';
import type { Captured } from './captured';
import { GpuClock } from './clock';
import {
  AliasError,
  CaptureError,
  ForeignBufferError,
  GpuDisposedError,
  GpuLimitError,
  GpuLostError,
  GpuUnavailableError,
  GpuValidationError,
  type TaskgradError,
} from './errors';
import type { AdapterChoice, FoundAdapter, GpuHost } from './host';
import type { Dispatch } from './kernel';
import { canShow } from './pictures';
import { PipelineCache } from './pipelines';
import { BufferPool } from './pool';
import type { PooledBuffer } from './pooled-buffer';
import { ReadbackRing } from './readback';
import { Recorder } from './recorder';
import { timed } from './tags';
import { Trials } from './trials';
import type { Live } from './varying';

/** What `openGpu` is asked for. */
export interface RuntimeOptions {
  /** Default 'auto'. */
  readonly adapter?: AdapterChoice;
  /** Which of several adapters, in Node: counted from 0 as the drivers have them; default: the best. */
  readonly adapterIndex?: number;
  /** Most bytes of GPU memory to hold; default: no limit but the driver's. */
  readonly memoryLimit?: number;
}

/**
 * Makes dispatches that were put off until somebody reads their results: all of them, or the whole ones only. Those
 * that are a part of another may never be read by themselves.
 */
export type Settle = (which: 'all' | 'whole') => void;

const WANTED_FEATURES: readonly GPUFeatureName[] = ['timestamp-query', 'subgroups', 'shader-f16'];
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'minUniformBufferOffsetAlignment',
  'minStorageBufferOffsetAlignment',
] as const;
const POOL_LIMIT = 1 << 30;

/** The GPU as a machine: buffers, pipelines, dispatches and readbacks of one device. Knows nothing of tensors. */
export class Runtime {
  readonly facts: AdapterFacts;
  /** Lanes of a subgroup where it is the same for all kernels, else 0. */
  readonly subgroupSize: number;
  readonly pool: BufferPool;
  readonly pipelines: PipelineCache;
  readonly recorder: Recorder;
  readonly readback: ReadbackRing;
  readonly clock: GpuClock;
  readonly trials = new Trials();
  /** Bytes of a buffer that a kernel can bind. Kept, as asking the device takes longer than all else that a dispatch is checked for. */
  readonly mostBound: number;
  /** Buffers that a kernel can bind. */
  readonly mostBuffers: number;
  /** Pictures are no part of a limit. */
  private readonly memoryIsFree: boolean;
  private warming: { readonly pending: Promise<void>[]; readonly fresh: Dispatch[] } | undefined;
  private failure: TaskgradError | undefined;
  /** Rejecters of the waits under way. (A promise raced with `device.lost` would be kept alive by it for ever.) */
  private readonly waiting = new Set<(error: TaskgradError) => void>();
  private disposed = false;

  private constructor(
    private readonly found: FoundAdapter,
    readonly device: GPUDevice,
    options: RuntimeOptions,
    readonly settle: Settle,
  ) {
    const { kind, description, hint } = found;
    this.facts = { kind, description, hint, software: kind !== 'gpu' };
    const { subgroupMinSize = 0, subgroupMaxSize } = found.adapter.info;
    const subgroups = device.features.has('subgroups') && subgroupMinSize === subgroupMaxSize;
    this.subgroupSize = subgroups ? subgroupMinSize : 0;
    this.memoryIsFree = options.memoryLimit === undefined;
    this.mostBound = device.limits.maxStorageBufferBindingSize;
    this.mostBuffers = device.limits.maxStorageBuffersPerShaderStage;
    this.clock = new GpuClock(device);
    this.pool = new BufferPool(device, {
      memoryLimit: options.memoryLimit ?? Number.POSITIVE_INFINITY,
      poolLimit: POOL_LIMIT,
      onAllocation: (buffer, refusal) => this.trials.allocated(buffer, refusal),
      batch: { isOpen: () => this.recorder.isOpen, submit: () => this.recorder.submit() },
    });
    this.pipelines = new PipelineCache(device, found);
    const refused = (error: TaskgradError) => {
      this.failure ??= error;
    };
    this.recorder = new Recorder(device, this.pipelines, this.pool, this.clock, this.trials, found, refused);
    this.readback = new ReadbackRing(device, this.recorder);
    device.addEventListener('uncapturederror', this.uncaptured);
    device.lost.then((info) => {
      device.removeEventListener('uncapturederror', this.uncaptured);
      const error = this.disposed ? new GpuDisposedError() : new GpuLostError(info.message || info.reason);
      this.failure = error;
      for (const reject of this.waiting) reject(error);
    });
  }

  /**
   * Opens a device with the adapter's own limits.
   * @param settle of the layer above, if it puts dispatches off
   * @throws GpuUnavailableError
   */
  static async open(
    host: GpuHost,
    options: RuntimeOptions,
    settle: Settle = () => undefined,
  ): Promise<Runtime> {
    const found = await host.find(options.adapter ?? 'auto', options.adapterIndex);
    const { features, limits } = found.adapter;
    try {
      const device = await found.adapter.requestDevice({
        requiredFeatures: WANTED_FEATURES.filter((feature) => features.has(feature)),
        requiredLimits: Object.fromEntries(WANTED_LIMITS.map((name) => [name, limits[name]])),
      });
      return new Runtime(found, device, options, settle);
    } catch (error) {
      const outcome = `opening a device failed: ${error instanceof Error ? error.message : error}`;
      throw new GpuUnavailableError(
        [{ what: found.description, outcome }],
        found.hint ?? 'Update its driver.',
      );
    }
  }

  /** Whether a kernel should see a buffer of so many bytes as a texture: see `Pictures`. */
  shows(bytes: number): boolean {
    return this.facts.kind === 'lavapipe' && this.memoryIsFree && canShow(bytes);
  }

  /** Whether `warmUp` runs: pipelines are compiled and nothing is computed. */
  get isWarming(): boolean {
    return this.warming !== undefined;
  }

  /** Lends a storage buffer; `label` names the tensor in errors. @throws GpuOutOfMemoryError, GpuLimitError */
  acquire(bytes: number, label: string): PooledBuffer {
    this.check();
    return this.pool.acquire(bytes, label);
  }

  /** Records a dispatch; while warming up, only compiles its pipeline. @throws what a buffer was lost by */
  dispatch(dispatch: Dispatch): void {
    this.check();
    const { buffers, written = buffers.length, kernel } = dispatch;
    for (let i = 0; i < buffers.length; i++) {
      const { size, lost, device } = buffers[i];
      if (lost) throw lost;
      if (device && device !== this.device) throw new ForeignBufferError(kernel.name);
      for (let j = 0; i < written && j < buffers.length; j++)
        if (j !== i && buffers[j] === buffers[i]) throw new AliasError(kernel.name);
      if (size > this.mostBound) {
        const what = `a tensor that kernel ${kernel.name} reads or writes`;
        throw new GpuLimitError('maxStorageBufferBindingSize', size, this.mostBound, what);
      }
    }
    if (this.warming) this.rehearse(dispatch, this.warming);
    else this.recorder.dispatch(dispatch);
  }

  /**
   * Runs `work` and keeps its dispatches. Where they cannot be replayed, `captured` says why; the work is done all the
   * same. Buffers that it asks for are set apart until `discard`. @throws CaptureError inside another capture
   */
  capture<T>(work: () => T): { result: T; captured: Captured | CaptureError } {
    this.check();
    const { recorder, pool } = this;
    if (recorder.recording)
      throw new CaptureError('another one is captured inside it; capture the outer one only');
    this.settle('all');
    const whole = () => {
      const result = work();
      this.settle('all');
      return result;
    };
    return pool.setApart((reserve) => {
      const made = recorder.capture(reserve, whole);
      if (made.captured instanceof CaptureError) pool.dissolve(reserve);
      return made;
    });
  }

  /** @throws CaptureError if a buffer it uses was freed, or another step is being captured */
  replay(captured: Captured): void {
    this.check();
    if (this.warming) return;
    if (this.recorder.recording)
      throw new CaptureError('another one is replayed inside it; capture only what is not');
    this.settle('all');
    timed('replay', () => this.recorder.replay(captured));
  }

  /** Runs other work in the memory of a captured step. Returns whether all that it made was freed, as it must be. */
  borrow(captured: Captured, work: () => void): boolean {
    const { reserve } = captured;
    const before = reserve.lent.length;
    this.pool.borrow(reserve, () => {
      work();
      this.settle('all');
    });
    return reserve.lent.length === before;
  }

  /** Gives back what a captured step holds. Twice is allowed. */
  discard(captured: Captured): void {
    if (captured.discarded) return;
    this.recorder.submit(); // what was recorded may use its uniform blocks
    captured.discard();
    this.pool.dissolve(captured.reserve);
  }

  /** Notes that a buffer is changed now. `again` is called at every replay of the step being captured, which changes it too. */
  changed(buffer: PooledBuffer, again: () => void): void {
    this.recorder.recording?.changes(buffer, again);
  }

  /** What `read` gives, now and again at every replay of the step being captured, before its dispatches. */
  vary<T>(read: () => T): Live<T> {
    return this.recorder.recording?.vary(read) ?? { now: read() };
  }

  /** Runs `work` without computing: every pipeline it would use is compiled, in parallel. @throws ShaderCompileError */
  async warmUp(work: () => void): Promise<void> {
    this.check();
    const warming = { pending: [], fresh: [] };
    this.warming = warming;
    try {
      work();
    } catch (error) {
      await Promise.allSettled(warming.pending);
      throw error;
    } finally {
      this.warming = undefined;
    }
    const beside = this.found.compileBeside?.(warming.fresh);
    await this.guard(Promise.all([...warming.pending, beside]));
  }

  private rehearse(dispatch: Dispatch, { pending, fresh }: NonNullable<Runtime['warming']>): void {
    const { kernel, constants } = dispatch;
    if (!this.pipelines.isKnown(kernel, constants)) fresh.push(dispatch);
    pending.push(this.pipelines.warm(kernel, constants));
  }

  /** Writes into a buffer; `fresh` says that no recorded dispatch uses it, so that the batch need not be submitted. */
  write(buffer: PooledBuffer, data: ArrayBufferView<ArrayBuffer>, fresh: boolean): void {
    this.check();
    if (this.warming) return;
    this.recorder.recording?.refuse(
      'data is copied to the GPU inside it, which a replay would not do again; make the tensor outside and write() to it between replays',
    );
    // What is set apart is lent again before the batch that used it was submitted.
    if (!fresh || buffer.reserve) this.recorder.submit();
    this.trials.renewed(buffer);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const padded = bytes.byteLength % 4 === 0 ? bytes : padToWord(bytes);
    this.device.queue.writeBuffer(buffer.gpu, 0, padded);
  }

  /** The one place that waits for results. @throws what they were lost by, or what made the GPU unusable */
  async read(buffer: PooledBuffer, bytes: number): Promise<ArrayBuffer> {
    this.check();
    this.recorder.recording?.refuse(
      'results are read inside it (data() or item()); return the tensor and read it after replay()',
    );
    const reading = this.trials.reading(buffer);
    const result = await this.guard(this.readback.read(buffer, Math.ceil(bytes / 4) * 4));
    if (reading.error) throw reading.error;
    return result;
  }

  /** Keeps at most two batches under way. @throws what made the GPU unusable */
  async pace(): Promise<void> {
    this.check();
    await this.guard(this.recorder.pace());
  }

  async idle(): Promise<void> {
    this.check();
    this.settle('whole');
    await this.guard(this.recorder.idle());
  }

  /** Seconds of GPU work since the device was opened; waits for all of it. */
  async seconds(): Promise<number> {
    await this.idle();
    return this.guard(this.clock.seconds());
  }

  /** Gives back what nobody uses: pooled buffers, and the bind groups kept for them. */
  trim(): void {
    this.pool.trim();
    this.recorder.forgetBindGroups();
  }

  /** Refuses all further work at once; the device goes when what was submitted is done: drivers crash otherwise. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    const error = new GpuDisposedError();
    this.failure ??= error;
    for (const reject of this.waiting) reject(error);
    const close = () => {
      this.recorder.forgetBindGroups(); // a program may hold on to this object for long
      this.device.destroy();
      this.found.collect?.(); // frees the devices that were disposed of before: V8 does not see how much they hold
    };
    this.device.queue.onSubmittedWorkDone().then(close, close);
  }

  /** Dawn holds a listener, and all that it knows, until it is taken away: with it device, driver and threads. */
  private readonly uncaptured = (event: GPUUncapturedErrorEvent): void => {
    event.preventDefault();
    // A buffer that results are read into, as the pool's are looked at by themselves: who reads is told.
    if (event.error.constructor.name === 'GPUOutOfMemoryError') return;
    // What builds on something invalid fails too; its cause is reported by itself.
    if (!event.error.message.includes('due to a previous error'))
      this.failure ??= new GpuValidationError(event.error.message);
  };

  /** @throws what made the GPU unusable */
  check(): void {
    const { failure } = this;
    if (failure) throw failure;
  }

  private async guard<T>(work: Promise<T>): Promise<T> {
    const checked = work.finally(() => this.trials.settled());
    const result = await new Promise<T>((resolve, reject) => {
      this.waiting.add(reject);
      checked.then(resolve, reject).finally(() => this.waiting.delete(reject));
    }).catch(async (error) => {
      await new Promise((resolve) => setTimeout(resolve)); // lets the reason of a failed wait arrive first
      this.check();
      throw error;
    });
    this.check();
    return result;
  }
}

function padToWord(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  padded.set(bytes);
  return padded;
}
