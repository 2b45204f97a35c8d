import { TaskgradError } from '../../runtime/errors';
import { type DType, DTypeError } from './dtype';
import { ArgumentError, type Check, kind, shown } from './guard';
import { Tensor } from './tensor';

/** Tensors of two GPUs in one call. */
export class DeviceError extends TaskgradError {
  constructor(
    /** The function that was called. */
    readonly op: string,
    /** Names of the arguments that are on two GPUs. */
    readonly names: readonly [string, string],
  ) {
    const [first, second] = names;
    const advice = 'read it with data(), and make it there with gpu.tensor()';
    super('DEVICE', `${op}: ${second} is on another GPU than ${first}; ${advice}`);
  }
}

/** A tensor of one of the element types, on the GPU of the tensors before it. */
export function tensorOf(dtypes: readonly DType[], what = dtypes.join(' or ')): Check {
  const expected = `a tensor of ${what}`;
  return (call, name, value) => {
    if (!(value instanceof Tensor)) throw new ArgumentError(call.op, name, shown(value), expected);
    if (!dtypes.includes(value.dtype)) throw new DTypeError(call.op, name, value, dtypes, what);
    if (!call.first) call.first = { gpu: value.gpu, name };
    else if (call.first.gpu !== value.gpu) throw new DeviceError(call.op, [call.first.name, name]);
  };
}

/** What arithmetic kernels read: f16 is widened as it is read. */
export const floats = tensorOf(['f32', 'f16']);
/** What kernels read that know no other type, or change in place. */
export const singles = tensorOf(['f32']);
/** Whole numbers that name places. */
export const places = tensorOf(['i32']);
/** What kernels move that look at no value. */
export const words = tensorOf(['f32', 'f16', 'i32', 'u32']);
export const anyTensor = tensorOf(['f32', 'f16', 'i32', 'u32', 'u8']);

const orNumber =
  (what: string, tensor: Check): Check =>
  (call, name, value) => {
    if (typeof value === 'number') return;
    if (!(value instanceof Tensor))
      throw new ArgumentError(call.op, name, shown(value), `a number or a tensor of ${what}`);
    tensor(call, name, value);
  };

export const floatsOrNumber = orNumber('f32 or f16', floats);
export const wordsOrNumber = orNumber('f32, f16, i32 or u32', words);

/** An opened GPU; asked by what it can do, since a tensor knows its GPU and not the other way round. */
export const aGpu = kind(
  'the GPU that openGpu() gives',
  (value) => typeof value === 'object' && value !== null && 'runtime' in value && 'kernels' in value,
);
