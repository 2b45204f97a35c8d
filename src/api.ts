/** All of the public API that does not depend on the host. */
export {
  GpuDisposedError,
  GpuLostError,
  GpuOutOfMemoryError,
  GpuUnavailableError,
  ShaderCompileError,
  TaskgradError,
} from '../runtime/errors';
export type { AdapterChoice, AdapterKind } from '../runtime/host';
export { backward, GradientError, grad } from './autograd/backward';
export { noGrad } from './autograd/tape';
export * as ops from './ops/table';
export type { DType } from './tensor/dtype';
export type { Gpu, MemoryUsage } from './tensor/gpu';
export { Random } from './tensor/random';
export { ShapeError } from './tensor/shape';
export { Tensor } from './tensor/tensor';
