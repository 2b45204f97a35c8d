import type { Tensor } from '../tensor/tensor';

/**
 * 1 where x is NaN or infinite. The bits tell, as compilers may assume that there are no NaN. The loss does not tell: a
 * ReLU before it may turn a NaN into 0.
 */
const IS_BAD = 'select(0.0, 1.0, (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u)';

/** Whether all elements of f32 tensors of one GPU are finite. Waits for the GPU once, however many they are. */
export async function allFinite(tensors: Iterable<Tensor>): Promise<boolean> {
  let bad: Tensor | undefined;
  for (const x of tensors) {
    const k = x.gpu.kernels;
    const sum: Tensor = x.gpu.scope(() => {
      const flags = k.elementwise(IS_BAD, { x: x.alias([x.size]) });
      const count = k.reduce('sum', flags, [0]);
      return bad ? k.elementwise('a + b', { a: bad, b: count }) : count;
    });
    bad?.dispose();
    bad = sum;
  }
  try {
    return bad === undefined || (await bad.item()) === 0;
  } finally {
    bad?.dispose();
  }
}
