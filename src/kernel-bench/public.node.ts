/** The public kernel bench: one shader alone, checked and timed. */

export type { ScalarPlace, ScalarType } from '../../runtime/wgsl/layout';
export type { FillName, HostArray, NumberArray, RawArray } from './array';
export { type BenchedKernel, benchKernel, type KernelFailure, type KernelResult } from './bench';
export type { SetScalar } from './block';
export type { Occurrences as KernelOccurrences, Summary as KernelSummary } from './checks';
export { KernelError, type OptionWriter } from './errors';
export type {
  Examination as KernelExamination,
  Finding as KernelFinding,
  FindingKind,
  Output as KernelOutput,
} from './examine';
export type { Grid as KernelGrid, Triple } from './grid';
export { readNpy } from './load.node';
export type { Timing as KernelTiming } from './loaded-kernel';
export type { BenchOptions, BufferSpec, UniformNumber, UniformValue } from './options';
export type { Setup as KernelSetup, SetupBlock, SetupBuffer } from './setup';
export type { Origin as ShaderOrigin, ShaderSource } from './source';
export { readShader } from './source.node';
export type { Combination as KernelCombination } from './sweep';
