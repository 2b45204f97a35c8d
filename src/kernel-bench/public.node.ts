/** The public kernel bench: one shader alone, checked and timed. */
export type { FillName, HostArray, NumberArray, RawArray } from './array';
export { type BenchedKernel, benchKernel, type KernelFailure, type KernelResult } from './bench';
export { KernelError } from './errors';
export type { Finding as KernelFinding, FindingKind, Output as KernelOutput } from './examine';
export { readNpy } from './load.node';
export type { Timing as KernelTiming } from './loaded-kernel';
export type { BenchOptions, BufferSpec, UniformNumber, UniformValue } from './options';
export type { Setup as KernelSetup } from './setup';
export { readShader } from './source.node';
