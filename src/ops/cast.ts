import { type DType, type DTypeName, dtypeNamed } from '../tensor/dtype';
import { ArgumentError, shown } from '../tensor/guard';
import { words } from '../tensor/guard-tensor';
import type { Tensor } from '../tensor/tensor';
import { defineOp } from './define';
import { randn, sample } from './sample';

type Args = readonly [x: Tensor, dtype: Exclude<DTypeName, 'u8' | 'uint8'>];

const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f16';

/**
 * The elements in another type, as PyTorch's x.to(dtype): to f16 rounded to nearest, to whole numbers towards 0. An f16
 * tensor takes half the memory; matmul, linear, conv2d, sums and elementwise ops read it, compute in f32 and give f32.
 * The gradient of a cast between floats is handed on as it is, in f32.
 * @throws ShapeError on u8; TaskgradError `F16_UNSUPPORTED` where the adapter lacks shader-f16
 * @example
 * ```ts
 * ops.cast(gpu.tensor([1.7, -1.7]), 'i32'); // → [1, -1]
 * ```
 */
export const cast = defineOp({
  name: 'cast',
  takes: { x: words },
  parse: (...[x, name]: Args) => {
    const dtype = dtypeNamed('cast', name);
    if (dtype === 'u8') throw new ArgumentError('cast', 'dtype', shown(name), "'f32', 'f16', 'i32' or 'u32'");
    return { inputs: [x] as const, attrs: { dtype } };
  },
  shape: ({ inputs: [x] }) => x.shape,
  forward: (k, { inputs: [x], attrs: { dtype } }) => k.cast(x, dtype),
  backward: (_, { grad, inputs: [x], attrs: { dtype } }) => [
    isFloat(x.dtype) && isFloat(dtype) ? grad : undefined,
  ],
  samples: () => [sample<Args>('to the type it has', randn([3, 5]), 'f32')],
});
