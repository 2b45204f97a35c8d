import { TaskgradError } from '../../runtime/errors';
import type { PooledBuffer } from '../../runtime/pooled-buffer';
import { drafting } from './drafting';
import {
  bytesPerElement,
  type DType,
  type TensorData,
  type TypedArray,
  toTypedArray,
  viewBytes,
} from './dtype';
import type { Gpu } from './gpu';
import { noteValues } from './host-values';
import { flattened, type Nested } from './nested';
import { checkRead } from './read-guard';
import type { Scope } from './scope';
import { checkShape, formatShape, type Shape, ShapeError, sizeOf } from './shape';
import { changing, type Storage } from './storage';

/** A tensor was used after it was freed. */
export class TensorDisposedError extends TaskgradError {
  constructor(tensor: Tensor) {
    const hint = 'return it from the scope, or read it before dispose()';
    super(
      'TENSOR_DISPOSED',
      `tensor ${tensor} was freed (its scope ended, or dispose() was called); ${hint}`,
    );
  }
}

/** How a view gets its place on the tape: what `ops.reshape` does, which stands on a floor above. */
const taped = { view: (x: Tensor, shape: Shape): Tensor => x.alias(shape) };

/** Has `Tensor.view` make views on the tape. */
export function recordViews(view: (x: Tensor, shape: Shape) => Tensor): void {
  taped.view = view;
}

/** Frees the storage of tensors that a program dropped without disposing of them. */
const forgotten = new FinalizationRegistry<Storage>((storage) => storage.release());

/**
 * A dense row-major array on the GPU. Immutable for ops; `write` and optimisers change it in place.
 * @example
 * ```ts
 * const x = gpu.tensor([[1, 2], [3, 4]]);
 * [x.shape, x.dtype, x.size]; // → [[2, 2], 'f32', 4]
 * await x.data(); // → [1, 2, 3, 4]
 * x.dispose();
 * ```
 */
export class Tensor {
  /** Adds up in `backward`; null before. May be set to null. */
  grad: Tensor | null = null;
  private scope: Scope | undefined;
  private freed = false;

  private constructor(
    /** Where the elements are. */
    readonly gpu: Gpu,
    /** Lengths of the axes, the outermost first. */
    readonly shape: Shape,
    /** Element type. */
    readonly dtype: DType,
    /** @internal */
    readonly storage: Storage,
    /** Whether `backward` gives it a gradient: a parameter, or what was computed from one. */
    public requiresGrad: boolean,
  ) {
    storage.retain();
    this.moveTo(gpu.scopes.current);
  }

  /** @internal A tensor of what `storage` holds. */
  static of(gpu: Gpu, shape: Shape, dtype: DType, storage: Storage, requiresGrad = false): Tensor {
    return new Tensor(gpu, shape, dtype, storage, requiresGrad);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Whether it was freed. */
  get disposed(): boolean {
    return this.freed;
  }

  /** @internal The GPU buffer, for a dispatch that reads it. @throws TensorDisposedError; what a `ReadGuard` throws */
  get buffer(): PooledBuffer {
    return this.readable.pooled;
  }

  /** @internal The GPU buffer, for a dispatch that changes it; `by` names that. @throws TensorDisposedError */
  changed(by: string): PooledBuffer {
    if (this.freed) throw new TensorDisposedError(this);
    return this.storage.changed(by);
  }

  /** @internal The storage, to be read now or later. @throws TensorDisposedError; what a `ReadGuard` throws */
  get readable(): Storage {
    if (this.freed) throw new TensorDisposedError(this);
    checkRead(this);
    return this.storage;
  }

  /** Waits for the GPU and copies the elements out, those of f16 as f32. @throws TensorDisposedError, GpuLostError, ... */
  async data(): Promise<TypedArray> {
    if (this.dtype === 'f16') {
      using wide = this.gpu.kernels.cast(this, 'f32');
      return await wide.data();
    }
    const { size, dtype } = this;
    const bytes = await this.gpu.runtime.read(this.buffer, size * bytesPerElement(dtype));
    return viewBytes(bytes, dtype, size);
  }

  /** The value of a tensor of one element. @throws ShapeError */
  async item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError(`item: the tensor has ${this.size} elements, not 1 (${this})`);
    return (await this.data())[0];
  }

  /** Overwrites the elements in place. @throws ShapeError */
  write(given: TensorData | Nested): void {
    const { data } = flattened('write', given);
    if (data.length !== this.size) {
      throw new ShapeError(`write: ${data.length} values for a tensor of ${this.size} (${this})`);
    }
    if (this.dtype === 'f16') {
      using wide = this.gpu.tensor(toTypedArray(data, 'f32'), this.shape);
      changing('write()', () => this.gpu.kernels.elementwise('x', { x: wide }, { into: this }));
    } else {
      drafting()?.refuse();
      this.gpu.runtime.write(this.changed('write()'), toTypedArray(data, this.dtype), false);
      if (this.dtype === 'i32' && !this.gpu.runtime.isWarming) noteValues(this, data);
    }
  }

  /**
   * The same elements in another shape, without a copy, as `ops.reshape`; one length may be −1.
   * @throws ShapeError, TensorDisposedError
   * @example
   * ```ts
   * gpu.arange(6).view([2, -1]); // → [[0, 1, 2], [3, 4, 5]]
   * ```
   */
  view(shape: Shape): Tensor {
    return taped.view(this, shape);
  }

  /** @internal The same elements under another shape, without a copy and outside the tape. */
  alias(shape: Shape): Tensor {
    if (this.freed) throw new TensorDisposedError(this);
    checkShape('view', shape);
    if (sizeOf(shape) !== this.size) {
      throw new ShapeError(
        `view: ${formatShape(this.shape)} has ${this.size} elements, ${formatShape(shape)} needs ${sizeOf(shape)}`,
      );
    }
    return new Tensor(this.gpu, [...shape], this.dtype, this.storage, false);
  }

  /** The same elements, cut off from the tape. */
  detach(): Tensor {
    return this.alias(this.shape);
  }

  /** Gives the storage back. Freeing twice is allowed. */
  dispose(): void {
    if (this.freed) return;
    this.freed = true;
    this.scope?.delete(this);
    forgotten.unregister(this);
    this.storage.release();
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal Makes the tensor live as long as `scope`, or until it is disposed of or forgotten. */
  moveTo(scope: Scope | undefined): void {
    this.scope?.delete(this);
    forgotten.unregister(this);
    this.scope = scope;
    if (scope) scope.add(this);
    else forgotten.register(this, this.storage, this);
  }

  /** @internal Makes this tensor live as long as `other`. */
  liveWith(other: Tensor): this {
    this.moveTo(other.scope);
    return this;
  }

  /** Element type and shape, as in 'f32[2,3]'. The elements are on the GPU; see `data`. */
  toString(): string {
    return `${this.dtype}${formatShape(this.shape)}`;
  }
}
