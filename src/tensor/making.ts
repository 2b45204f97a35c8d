import type { DType, DTypeName } from './dtype';
import { aFlag, aNumber, checker, numbers, optional, options } from './guard';
import { formatShape, type Shape } from './shape';

/** How a tensor is made. */
export interface TensorOptions {
  /** Default: f32 for a plain array, else that of the typed array. */
  readonly dtype?: DTypeName;
  /** Default false. */
  readonly requiresGrad?: boolean;
}

/** How random numbers are drawn. */
export interface RandomOptions extends Omit<TensorOptions, 'dtype'> {
  /**
   * Same seed and stream, same numbers, on every adapter that rounds alike. Left out, the draw comes from the GPU's
   * generator (see `manualSeed`) and differs from every other.
   */
  readonly seed?: number;
  /** Tells apart draws under one seed. Default 0 where a seed is given. */
  readonly stream?: number;
}

/** What a GPU holds for one program. */
export interface MemoryUsage {
  /** Tensors that were not freed. */
  readonly tensors: number;
  /** Buffers on the device, those in the pool among them. */
  readonly buffers: number;
  /** Bytes of buffers that tensors hold. */
  readonly bytesInUse: number;
  /** Bytes of buffers that are kept for the next tensors. */
  readonly bytesPooled: number;
  /** The most bytes that were ever held, the pool among them. */
  readonly peakBytes: number;
}

/** What errors call a tensor's buffer. */
export const labelOf = (shape: Shape, dtype: DType): string => `tensor ${dtype}${formatShape(shape)}`;

const tensorOptions = options({ requiresGrad: optional(aFlag) });
export const checkMaking = checker('tensor', { shape: numbers, options: tensorOptions });
export const checkFull = checker('full', { shape: numbers, value: aNumber });
export const checkDraw = checker('rand', {
  shape: numbers,
  options: options({ seed: optional(aNumber), stream: optional(aNumber), requiresGrad: optional(aFlag) }),
});
