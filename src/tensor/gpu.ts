import type { AdapterFacts } from '../../runtime/adapter-facts';
import { GpuLimitError } from '../../runtime/errors';
import type { GpuHost } from '../../runtime/host';
import { measureLimits } from '../../runtime/limits';
import type { PooledBuffer } from '../../runtime/pooled-buffer';
import type { Limits, Profile } from '../../runtime/profile';
import { Runtime, type RuntimeOptions } from '../../runtime/runtime';
import { takeProfile } from '../../runtime/take-profile';
import type { Live } from '../../runtime/varying';
import { CapturedStep, type CaptureOptions, type StepResult } from './capture';
import type { Deferred } from './deferred';
import { drafting } from './drafting';
import {
  bufferBytes,
  checkHalf,
  checkSingle,
  type DType,
  dtypeNamed,
  dtypeOf,
  type TensorData,
  toTypedArray,
} from './dtype';
import { Generator } from './generator';
import { aFunction, aNumber, checkArgument, optionsWith } from './guard';
import { noteValues } from './host-values';
import { Kernels } from './kernels';
import {
  checkDraw,
  checkFull,
  checkMaking,
  labelOf,
  type MemoryUsage,
  type RandomOptions,
  type TensorOptions,
} from './making';
import { flattened, type Nested } from './nested';
import { remembered } from './remembered';
import { ScopeStack } from './scope';
import { checkShape, formatShape, type Shape, ShapeError, sizeOf } from './shape';
import { type Holdings, type Recipe, Storage, settle } from './storage';
import { Tensor } from './tensor';
import { tune, tuneFirstUses } from './tune';
import { type Choices, type Tuning, Variants } from './variants';

/**
 * An opened GPU: makes tensors, frees them, and is disposed of at the end so that the process may exit.
 * @example
 * ```ts
 * const gpu = await openGpu();
 * const x = gpu.randn([64, 3], { seed: 1 });
 * console.log(gpu.adapter.description, gpu.memory().bytesInUse);
 * gpu.dispose(); // or open it by `using`, where that is known
 * ```
 */
export class Gpu {
  /** @internal */
  readonly kernels: Kernels;
  /** @internal */
  readonly scopes = new ScopeStack();
  private readonly generator = new Generator();

  private constructor(
    /** @internal */
    readonly runtime: Runtime,
    /** @internal Which of several kernels an op takes. */
    readonly variants: Variants,
    private readonly holdings: Holdings,
  ) {
    this.kernels = new Kernels(this);
  }

  /**
   * Opens a GPU of a host.
   * @internal
   * @param tuningOf what was measured on an adapter before
   * @throws GpuUnavailableError with what was tried and how to mend it
   */
  static async open(
    host: GpuHost,
    options: RuntimeOptions,
    tuningOf?: (adapter: AdapterFacts) => Promise<Tuning>,
  ): Promise<Gpu> {
    const holdings: Holdings = { tensors: 0, deferred: new Set() };
    const runtime = await Runtime.open(host, options, (which) => settle(holdings, which));
    return new Gpu(runtime, new Variants(await tuningOf?.(runtime.facts)), holdings);
  }

  /** Which adapter runs, and how to get a better one. */
  get adapter(): AdapterFacts {
    return this.runtime.facts;
  }

  /**
   * Copies data to the GPU: numbers, arrays of arrays, or a typed array. The shape is the data's own, as of torch.tensor.
   * @throws ShapeError if rows differ in length; ArgumentError
   * @example
   * ```ts
   * gpu.tensor([[1, 2], [3, 4]]).shape; // → [2, 2]
   * gpu.tensor(Int32Array.of(3, 1)).dtype; // → 'i32'
   * gpu.tensor([0.5, 2], { requiresGrad: true }).requiresGrad; // → true
   * ```
   */
  tensor(data: TensorData | Nested, options?: TensorOptions): Tensor;
  /**
   * Copies data to the GPU in a given shape.
   * @throws ShapeError if the data does not fill the shape, or its rows differ in length; ArgumentError
   * @example
   * ```ts
   * gpu.tensor([1, 2, 3, 4], [2, 2]); // → [[1, 2], [3, 4]]
   * ```
   */
  tensor(data: TensorData | Nested, shape: Shape, options?: TensorOptions): Tensor;
  tensor(given: TensorData | Nested, second: Shape | TensorOptions = {}, third: TensorOptions = {}): Tensor {
    drafting()?.refuse();
    const { data, shape: own } = flattened('tensor', given);
    const isShape = Array.isArray(second) || ArrayBuffer.isView(second);
    const options = isShape ? third : (second as TensorOptions);
    const shape = isShape ? (second as Shape) : own;
    checkMaking([shape, options]);
    const dtype = options.dtype === undefined ? dtypeOf(data) : dtypeNamed('tensor', options.dtype);
    if (data.length !== sizeOf(shape)) {
      throw new ShapeError(
        `tensor: ${data.length} values do not fill shape ${formatShape(shape)} (${sizeOf(shape)})`,
      );
    }
    const made = this.empty(shape, { ...options, dtype });
    if (dtype === 'f16') made.write(data);
    else this.runtime.write(made.buffer, toTypedArray(data, dtype), true);
    if (dtype === 'i32') noteValues(made, data);
    return made;
  }

  /** A tensor whose elements are whatever the buffer held. @throws ShapeError, GpuOutOfMemoryError, GpuLimitError */
  empty(shape: Shape, options: TensorOptions = {}): Tensor {
    checkMaking([shape, options]);
    const dtype = dtypeNamed('tensor', options.dtype ?? 'f32');
    if (options.requiresGrad) checkSingle('requiresGrad', { dtype });
    return this.make(shape, dtype, options.requiresGrad);
  }

  /** @internal `empty` for kernels, which ask for what they can have. @throws ShapeError, GpuOutOfMemoryError, GpuLimitError */
  make(shape: Shape, dtype: DType, requiresGrad = false): Tensor {
    checkShape('tensor', shape);
    checkHalf(dtype, this.runtime.device.features, this.adapter.description);
    const storage = this.store(this.bufferFor(shape, dtype));
    drafting()?.made(storage, shape, dtype);
    return Tensor.of(this, [...shape], dtype, storage, requiresGrad);
  }

  /** @internal A buffer for a tensor, to be held by a storage. @throws GpuOutOfMemoryError, GpuLimitError */
  bufferFor(shape: Shape, dtype: DType): PooledBuffer {
    return this.runtime.acquire(bufferBytes(shape, dtype), labelOf(shape, dtype));
  }

  /** @internal A storage of what it holds, or will. */
  store(content: PooledBuffer | Recipe | undefined): Storage {
    return new Storage(this.runtime, content, this.holdings);
  }

  /** @internal A tensor that stands for a value no kernel reads, as that before an activation in the same kernel. */
  placeholder(shape: Shape): Tensor {
    return Tensor.of(this, [...shape], 'f32', this.store(undefined));
  }

  /** @internal A tensor to be computed when it is read. @throws ShapeError, GpuLimitError, GpuDisposedError, ... */
  deferred(recipe: Deferred): Tensor {
    const { shape, dtype } = recipe.expression.formula;
    checkShape('tensor', shape);
    checkHalf(dtype, this.runtime.device.features, this.adapter.description);
    this.runtime.check();
    const storage = this.store(recipe);
    drafting()?.putOff(storage, recipe.expression);
    const made = Tensor.of(this, [...shape], dtype, storage);
    if (bufferBytes(shape, dtype) > this.runtime.mostBound) void made.buffer; // fails here rather than elsewhere
    return made;
  }

  /** Every element is `value`, which passes through f32 whatever the dtype: whole numbers are exact up to 2^24. */
  full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
    checkFull([shape, value]);
    const made = this.empty(shape, options);
    this.kernels.fill(made, value);
    return made;
  }

  /** Every element is 0. @throws as `empty` */
  zeros(shape: Shape, options: TensorOptions = {}): Tensor {
    return this.full(shape, 0, options);
  }

  /** Every element is 1. @throws as `empty` */
  ones(shape: Shape, options: TensorOptions = {}): Tensor {
    return this.full(shape, 1, options);
  }

  /** 0, 1, ..., n − 1. */
  arange(n: number, options: TensorOptions = {}): Tensor {
    checkArgument('arange', 'n', n, aNumber);
    checkMaking([[n], options]);
    this.checkRoom([n], dtypeNamed('tensor', options.dtype ?? 'f32'));
    return this.tensor(
      Array.from({ length: n }, (_, i) => i),
      [n],
      options,
    );
  }

  /** The n × n identity. */
  eye(n: number, options: TensorOptions = {}): Tensor {
    checkArgument('eye', 'n', n, aNumber);
    checkMaking([[n, n], options]);
    this.checkRoom([n, n], dtypeNamed('tensor', options.dtype ?? 'f32'));
    const data = new Float32Array(n * n);
    for (let i = 0; i < n; i++) data[i * n + i] = 1;
    return this.tensor(data, [n, n], options);
  }

  /** Independent f32 draws from the standard normal distribution. @throws TaskgradError `INVALID_SEED` */
  randn(shape: Shape, options: RandomOptions = {}): Tensor {
    return this.draw('normal', shape, options);
  }

  /** Independent f32 draws, uniform over [0, 1). @throws TaskgradError `INVALID_SEED` */
  rand(shape: Shape, options: RandomOptions = {}): Tensor {
    return this.draw('uniform', shape, options);
  }

  /**
   * Starts the generator again, as torch.manual_seed: draws without a seed of their own, initial weights among them,
   * follow from this seed and their order alone. The seed of a new GPU is 0. @throws TaskgradError `INVALID_SEED`
   * @example
   * ```ts
   * gpu.manualSeed(7);
   * const first = await gpu.rand([1]).item();
   * gpu.manualSeed(7);
   * (await gpu.rand([1]).item()) === first; // → true
   * ```
   */
  manualSeed(seed: number): void {
    this.generator.manualSeed(seed);
  }

  /**
   * Frees every tensor made by `work` but those in its result and gradients of tensors made outside.
   * @example
   * ```ts
   * const mean = gpu.scope(() => ops.mean(ops.exp(gpu.zeros([8])))); // what exp gave is freed
   * mean; // → 1
   * ```
   */
  scope<T>(work: () => T): T {
    checkArgument('gpu.scope', 'work', work, aFunction);
    return this.scopes.run(work);
  }

  /**
   * Compiles, in parallel, every pipeline that `work` would use, without computing anything: buffers, gradients and
   * the generator stay as they are. Tensors made inside hold nothing and are freed. Where `openGpu` says so, kernels are
   * chosen for shapes that were never met before, by measurement (see `tune`). @throws ShaderCompileError
   * @example
   * ```ts
   * const net = new nn.Linear(gpu, 4, 2);
   * await gpu.warmUp(() => backward(ops.sum(net.forward(gpu.ones([8, 4])))));
   * ```
   */
  async warmUp(work: () => void): Promise<void> {
    checkArgument('gpu.warmUp', 'work', work, aFunction);
    const rehearsed = () => {
      work();
      this.runtime.settle('whole');
    };
    const warmUp = () => this.runtime.warmUp(() => this.generator.rehearse(() => this.scope(rehearsed)));
    await tuneFirstUses(this, warmUp);
  }

  /**
   * Captures a step, as `torch.cuda.graph`: a function of tensors that dispatches the same kernels on the same shapes
   * each time. Its `replay(...inputs)` does what calling it would do, bit for bit, but from the third call on without
   * its JavaScript: the recorded dispatches are handed to the GPU once more.
   * - The inputs are copied; every other tensor from outside is used where it lies, and must not be freed.
   * - Numbers are kept as they were when it was recorded, but for those of `gpu.varying`. Optimisers, dropout layers,
   *   and draws without a seed count on by themselves.
   * - What it makes is freed as in `gpu.scope`; its memory stays set apart until `dispose()`. Gradients should be
   *   freed inside, or at the beginning (`optimizer.zeroGrad()`).
   * - Data cannot be copied in (`gpu.tensor`) or read (`data()`): write to a tensor from outside between replays, and
   *   read what is returned.
   * @example
   * ```ts
   * const step = gpu.capture((x: Tensor) => ops.mul(x, 2));
   * for (const value of [1, 2, 3]) console.log(await step.replay(gpu.tensor([value])).item()); // 2, 4, 6
   * step.dispose();
   * ```
   */
  capture<Inputs extends readonly Tensor[], Result extends StepResult>(
    step: (...inputs: Inputs) => Result,
    options: CaptureOptions = {},
  ): CapturedStep<Inputs, Result> {
    checkArgument('gpu.capture', 'step', step, aFunction);
    checkArgument('gpu.capture', 'options', options, optionsWith('{ lenient: true }'));
    return new CapturedStep(this, step, options);
  }

  /**
   * A number that may differ each time a captured step is replayed, such as a count of steps: `read` is called now, and
   * again at every replay, in the order of the calls. Outside of a captured step it is only called now.
   * @example
   * ```ts
   * let count = 0;
   * const step = gpu.capture(() => ops.dropout(gpu.ones([4]), { seed: 0, offset: gpu.varying(() => count++) }));
   * for (let i = 0; i < 3; i++) step.replay(); // another mask each time
   * count; // → 3
   * ```
   */
  varying<T = number>(read: () => T): Live<T> {
    checkArgument('gpu.varying', 'read', read, aFunction);
    drafting()?.refuse();
    return this.runtime.vary(read);
  }

  /** Waits while more than two batches are under way; call once a step in long loops. */
  pace(): Promise<void> {
    return this.runtime.pace();
  }

  /** Seconds of GPU work since the GPU was opened, by timestamp queries, or by wall-clock where there are none. */
  seconds(): Promise<number> {
    return this.runtime.seconds();
  }

  /** Seconds the GPU spent on `work`. */
  async time<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
    checkArgument('gpu.time', 'work', work, aFunction);
    const before = await this.seconds();
    const result = await work();
    return { result, seconds: (await this.seconds()) - before };
  }

  /**
   * Times every dispatch of `work` by timestamp queries, each tagged with op, layer, phase, shape and variant; where the
   * adapter has no timestamps, batches by wall-clock. See `profiling` for what can be made of a profile.
   * @throws TaskgradError `PROFILE_NESTED` while another profile of this GPU is taken
   */
  async profile(work: () => void | Promise<void>): Promise<Profile> {
    checkArgument('gpu.profile', 'work', work, aFunction);
    return (await takeProfile(this.runtime, work)).profile;
  }

  /** What the machine reaches in f32 arithmetic, copying and launching kernels; measured once, about a second. */
  limits(): Promise<Limits> {
    return measureLimits(this.runtime);
  }

  /**
   * Times the kernels that can do what `work` does, and takes the fastest from then on. Rounding may differ between
   * them, so tune before a run, not in it. `work` is run several times; it should end as it began, as a forward and
   * backward pass does.
   * @returns what was chosen, by op and sizes
   * @throws TaskgradError `PROFILE_NESTED` while a profile is taken
   */
  async tune(work: () => void | Promise<void>): Promise<Choices> {
    checkArgument('gpu.tune', 'work', work, aFunction);
    return tune(this, work);
  }

  /** What is held, in bytes. Nothing is waited for. */
  memory(): MemoryUsage {
    return { tensors: this.holdings.tensors, ...this.runtime.pool.usage() };
  }

  /** Frees everything; the process can end. Every later use throws GpuDisposedError. */
  dispose(): void {
    this.runtime.dispose();
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Before data is made on the host. @throws ShapeError, GpuLimitError */
  private checkRoom(shape: Shape, dtype: DType): void {
    checkShape('tensor', shape);
    const { maxBufferSize } = this.runtime.device.limits;
    const bytes = bufferBytes(shape, dtype);
    if (bytes <= maxBufferSize) return;
    throw new GpuLimitError('maxBufferSize', bytes, maxBufferSize, `tensor ${dtype}${formatShape(shape)}`);
  }

  private draw(kind: 'uniform' | 'normal', shape: Shape, options: RandomOptions): Tensor {
    checkDraw([shape, options]);
    const { seed, stream } = remembered(() => {
      const key = this.varying(() => this.generator.key(options));
      return { seed: this.varying(() => key.now.seed), stream: this.varying(() => key.now.stream) };
    });
    return this.kernels.random(kind, this.empty(shape, { requiresGrad: options.requiresGrad }), {
      seed,
      stream,
    });
  }
}
