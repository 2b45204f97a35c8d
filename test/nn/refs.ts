import type { Module } from '../../src/nn/module';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Shape } from '../../src/tensor/shape';
import type { Tensor } from '../../src/tensor/tensor';
import { type Ref, ref, size } from '../reference/ref';

/** What f32 may lose against f64 over a few hundred terms. */
export const CLOSE = { relative: 2e-5, absolute: 2e-5 };

/** Standard normal numbers that f32 holds exactly. */
export function normal(shape: Shape, seed = 1): Ref {
  const random = new Random(seed);
  return ref(
    shape,
    Array.from({ length: size(shape) }, () => Math.fround(random.normal())),
  );
}

export const onGpu = (gpu: Gpu, { shape, data }: Ref): Tensor => gpu.tensor(Float32Array.from(data), shape);

export async function readRef(tensor: Tensor): Promise<Ref> {
  return ref(tensor.shape, await tensor.data());
}

/** The state dict as f64 references. */
export async function readState(module: Module): Promise<Record<string, Ref>> {
  const entries = [...module.stateDict()].map(
    async ([name, tensor]) => [name, await readRef(tensor)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
