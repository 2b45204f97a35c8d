import { TaskgradError } from '../../runtime/errors';
import type { PooledBuffer } from '../../runtime/pooled-buffer';
import type { Stored } from './deferred';
import {
  bytesPerElement,
  type DType,
  type TensorData,
  type TypedArray,
  toTypedArray,
  viewBytes,
} from './dtype';
import type { Gpu } from './gpu';
import type { Scope } from './scope';
import { checkShape, formatShape, type Shape, ShapeError, sizeOf } from './shape';
import type { Storage } from './storage';

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

/** Frees the storage of tensors that a program dropped without disposing of them. */
const forgotten = new FinalizationRegistry<Storage>((storage) => storage.release());

/** A dense row-major array on the GPU. Immutable for ops; `write` and optimisers change it in place. */
export class Tensor {
  /** Adds up in `backward`; null before. May be set to null. */
  grad: Tensor | null = null;
  private scope: Scope | undefined;
  private freed = false;

  private constructor(
    readonly gpu: Gpu,
    readonly shape: Shape,
    readonly dtype: DType,
    /** @internal */
    readonly storage: Storage,
    public requiresGrad: boolean,
  ) {
    storage.retain();
    this.moveTo(gpu.scopes.current);
  }

  /** @internal A tensor of what `storage` holds. */
  static of(gpu: Gpu, shape: Shape, dtype: DType, storage: Storage, requiresGrad = false): Tensor {
    return new Tensor(gpu, shape, dtype, storage, requiresGrad);
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  get disposed(): boolean {
    return this.freed;
  }

  /** @internal The GPU buffer, for a dispatch that reads it. @throws TensorDisposedError */
  get buffer(): PooledBuffer {
    return this.stored.storage.pooled;
  }

  /** @internal The GPU buffer, for a dispatch that changes it. @throws TensorDisposedError */
  get writable(): PooledBuffer {
    const { storage } = this.stored;
    storage.settleReaders();
    return storage.pooled;
  }

  /** @internal What stays when the tensor is freed, for those that hold the storage. @throws TensorDisposedError */
  get stored(): Stored {
    if (this.freed) throw new TensorDisposedError(this);
    const { shape, dtype, size, storage } = this;
    return { shape, dtype, size, storage };
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
  write(data: TensorData): void {
    if (data.length !== this.size) {
      throw new ShapeError(`write: ${data.length} values for a tensor of ${this.size} (${this})`);
    }
    if (this.dtype === 'f16') {
      using wide = this.gpu.tensor(toTypedArray(data, 'f32'), this.shape);
      this.gpu.kernels.elementwise('x', { x: wide }, { into: this });
    } else {
      this.gpu.runtime.write(this.writable, toTypedArray(data, this.dtype), false);
    }
  }

  /** The same elements under another shape, without a copy and outside the tape. */
  view(shape: Shape): Tensor {
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
    return this.view(this.shape);
  }

  /** Gives the storage back. Freeing twice is allowed. */
  dispose(): void {
    if (this.freed) return;
    this.freed = true;
    this.scope?.delete(this);
    forgotten.unregister(this);
    this.storage.release();
  }

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

  toString(): string {
    return `${this.dtype}${formatShape(this.shape)}`;
  }
}
