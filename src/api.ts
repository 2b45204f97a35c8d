/** All of the public API that does not depend on the host. */

export type { AdapterFacts } from '../runtime/adapter-facts';
export {
  type AdapterAttempt,
  AliasError,
  CaptureError,
  ForeignBufferError,
  GpuDisposedError,
  GpuLimitError,
  GpuLostError,
  GpuOutOfMemoryError,
  GpuUnavailableError,
  GpuValidationError,
  ShaderCompileError,
  TaskgradError,
  type TaskgradErrorOptions,
  WgslError,
} from '../runtime/errors';
export type { AdapterChoice, AdapterKind } from '../runtime/host';
export type { Constants, Kernel, UniformMember, Uniforms } from '../runtime/kernel';
export * as profiling from '../runtime/profiling';
export type { RuntimeOptions } from '../runtime/runtime';
export type { Live, Varying } from '../runtime/varying';
export { backward, GradientError, grad } from './autograd/backward';
export { type Factors, type FactorsQuery, noGrad } from './autograd/tape';
export * as fisher from './fisher/public';
export * as nn from './nn/public';
export { OnnxError } from './onnx/errors';
export { exportOnnx, type OnnxOptions } from './onnx/export';
export type { OnnxSample } from './onnx/sample';
export {
  GradientCheckError,
  type GradientCheckOptions,
  type GradientCheckResult,
  gradientCheck,
  type Numbers,
  type NumbersOf,
} from './ops/check/gradient-check';
export type {
  BackwardCall,
  Call,
  FactorsCall,
  ForwardCall,
  Grads,
  Inputs,
  Op,
  OpDefinition,
  OpRecord,
} from './ops/define';
export type { TensorMethods } from './ops/methods';
export { defineOp, OpError, type OwnOpDefinition } from './ops/own-op';
export type { Sample, TensorSpec, TensorsAs } from './ops/sample';
export * as samples from './ops/sample-public';
export * as ops from './ops/table';
export * as optim from './optim/public';
export * as tasks from './tasks/public';
export type { CapturedStep, CaptureOptions, StepResult } from './tensor/capture';
export {
  type DType,
  DTypeError,
  type DTypeName,
  type TensorData,
  type Typed,
  type TypedArray,
} from './tensor/dtype';
export type { ElementwiseOptions, Operands } from './tensor/elementwise';
export type { Gpu } from './tensor/gpu';
export { ArgumentError, type Check, type Checked, type Takes } from './tensor/guard';
export { DeviceError } from './tensor/guard-tensor';
export type { Kernels, Run, RunInput, RunOutput } from './tensor/kernels';
export type { MemoryUsage, RandomOptions, TensorOptions } from './tensor/making';
export type { Nested } from './tensor/nested';
export { type Indexed, Random, type RandomState } from './tensor/random';
export type { Reduction } from './tensor/reduce';
export { type Shape, ShapeError } from './tensor/shape';
export { Tensor, TensorDisposedError } from './tensor/tensor';
export type { Choices } from './tensor/variants';
