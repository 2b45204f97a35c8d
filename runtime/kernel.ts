import type { Strips } from './pictures';
import type { PooledBuffer } from './pooled-buffer';
import type { Varying } from './varying';
import type { ParamsLayout } from './wgsl/params';

/** A compute shader. One object per shader: pipelines are cached by the object itself and its constants. */
export interface Kernel {
  /** The op and its variant, as in 'conv2d.forward'; shown by errors and the profiler. */
  readonly name: string;
  /** WGSL whose entry point is `main`. Binding 0 of group 0 is the uniform block, the rest follow in order. */
  readonly source: string;
}

/** Values of a shader's `override`s, by name. */
export type Constants = Readonly<Record<string, number>>;

/** A value of a uniform block: a number, the numbers of a vector or array in order, or the members of a struct. */
export type UniformMember = Varying | readonly Varying[] | Uniforms;

/** A uniform block by the names that the shader's own struct has for it, in the same order. */
export interface Uniforms {
  /** A member of the shader's struct. */
  readonly [name: string]: UniformMember;
}

/** What a dispatch works on, for the profiler. */
export interface Workload {
  readonly outputs: readonly (readonly number[])[];
  readonly inputs: readonly (readonly number[])[];
  /** Each input read once, each output written once. */
  readonly bytes: number;
  /** Multiplications and additions, of kernels that compute more than they move. */
  readonly flops?: number;
}

/** A dispatch, but for what it works on. */
export interface Launch {
  readonly kernel: Kernel;
  readonly constants?: Constants;
  /** How many of the buffers, from the first on, the kernel writes; default: all of them. */
  readonly written?: number;
  /** Which of the buffers after those are shown as strips, where the kernel sees them as textures. */
  readonly strips?: readonly (Strips | undefined)[];
  /** Checked against the kernel's struct the first time; the types there decide how numbers are written. */
  readonly uniforms: Uniforms;
  /** Number of workgroups; over 65,535 they are folded into two dimensions (see shaders/snippets/index.wgsl). */
  readonly groups: number;
  /** Where it is made again and again, by this very object: gets what need not be found out once more. */
  readonly recurs?: { ready?: Ready };
}

/** All a dispatch needs. */
export interface Dispatch extends Launch {
  readonly buffers: readonly PooledBuffer[];
  /** Made only while a profile is taken. */
  readonly workload?: Workload;
}

/** What a launch needs of the GPU, beside buffers. */
export interface Ready {
  readonly pipeline: GPUComputePipeline;
  /** How its uniforms lie. */
  readonly params: ParamsLayout;
  /** Which of its buffers it sees as textures. */
  readonly places: readonly number[];
  /** What its uniform block holds. */
  readonly uniforms: Uniforms;
  /** Its uniform block, where it is always the same. */
  readonly words?: Uint32Array;
  /** Workgroups. */
  readonly x: number;
  readonly y: number;
}

/** Constants as profiles name a variant of a kernel by them. */
export const variantOf = (constants: Constants = {}): string =>
  Object.entries(constants)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
