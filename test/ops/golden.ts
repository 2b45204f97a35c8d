import { grad } from '../../src/autograd/backward';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import type { Ref } from '../reference/ref';
import { type Device, download } from './device';

/** PyTorch computed in f64 on inputs that are exact in f32: what is left is our own rounding. */
const ROUNDING = { relative: 1e-5, absolute: 2e-6 };

interface Golden {
  readonly inputs: Record<string, Ref>;
  readonly output: Ref;
  readonly gradOutput?: Ref;
  readonly grads: Record<string, Ref>;
}

/** Computes a stored case by `call` on its uploaded inputs; the result and all gradients must be PyTorch's. */
export async function expectGolden(
  device: Device,
  golden: Golden,
  call: (inputs: Record<string, Tensor>) => Tensor,
): Promise<void> {
  const inputs = Object.fromEntries(
    Object.entries(golden.inputs).map(([name, value]) => {
      const isWhole = ['labels', 'flags', 'index'].includes(name);
      const whole = () => device.integers([...value.data], value.shape);
      return [name, isWhole ? whole() : device.upload(value, name in golden.grads)];
    }),
  );
  const output = call(inputs);
  expectClose(await download(output), golden.output, ROUNDING);
  if (!golden.gradOutput) throw new Error('the stored case has no gradient to start from');
  const names = Object.keys(golden.grads);
  const grads = grad(
    output,
    names.map((name) => inputs[name]),
    device.upload(golden.gradOutput),
  );
  for (const [i, name] of names.entries())
    expectClose(await download(grads[i]), golden.grads[name], ROUNDING);
}
