import type { Tensor } from '../../tensor/tensor';

/** Tensors as the page's memory holds them: they outlive a lost device. */
export type HostTensors = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;

/** Copies f32 tensors out, all as they are at the call: later steps do not reach into them. */
export async function copyOut(tensors: ReadonlyMap<string, Tensor>): Promise<HostTensors> {
  const pending = [...tensors].map(async ([name, tensor]) => {
    const data = Float32Array.from(await tensor.data());
    return [name, { shape: [...tensor.shape], data }] as const;
  });
  return new Map(await Promise.all(pending));
}
