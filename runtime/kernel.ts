import type { PooledBuffer } from './pool';
import type { Varying } from './varying';

/** A compute shader. One object per shader: pipelines are cached by the object itself and its constants. */
export interface Kernel {
  /** The op and its variant, as in 'conv2d.forward'; shown by errors and the profiler. */
  readonly name: string;
  /** WGSL whose entry point is `main`. Binding 0 of group 0 is the uniform block, the rest follow in order. */
  readonly source: string;
}

export type Constants = Readonly<Record<string, number>>;

/** A value of a uniform block: a plain number is an integer word, `f32(x)` a float. */
export type UniformValue = Varying | { readonly f32: Varying };
export const f32 = (value: Varying): UniformValue => ({ f32: value });

/** What a dispatch works on, for the profiler. */
export interface Work {
  readonly outputs: readonly (readonly number[])[];
  readonly inputs: readonly (readonly number[])[];
  /** Each input read once, each output written once. */
  readonly bytes: number;
  /** Multiplications and additions, of kernels that compute more than they move. */
  readonly flops?: number;
}

/** All a dispatch needs. */
export interface Dispatch {
  readonly kernel: Kernel;
  readonly constants?: Constants;
  readonly buffers: readonly PooledBuffer[];
  /** Words of the uniform block in order; the kernel's struct decides how they are read. */
  readonly uniforms: readonly UniformValue[];
  /** Number of workgroups; over 65,535 they are folded into two dimensions (see shaders/snippets/index.wgsl). */
  readonly groups: number;
  /** Made only while a profile is taken. */
  readonly work?: Work;
}

/** Makes each kernel of a family once; `form` is all that tells one from another. */
export function kernelFamily<Form>(make: (form: Form) => Kernel): (form: Form) => Kernel {
  const kernels = new Map<string, Kernel>();
  return (form) => {
    const key = JSON.stringify(form);
    const kernel = kernels.get(key) ?? make(form);
    kernels.set(key, kernel);
    return kernel;
  };
}
