import { describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import type { Op } from '../../src/ops/define';
import * as ops from '../../src/ops/table';
import type { Tensor } from '../../src/tensor/tensor';
import { argumentsOf, optionCases } from '../golden/options';
import { expectClose } from '../reference/close';
import { download, useDevice } from './device';
import { expectGolden } from './golden';
import { references } from './references';

const device = useDevice();
const table = ops as unknown as Readonly<Record<string, Op<never>>>;

describe('options of ops are PyTorch’s', () => {
  for (const golden of optionCases()) {
    const { op, name, inputs, output, outputs } = golden;
    test(`${op} › ${name}: the result and gradients, and those of the reference`, async () => {
      await expectGolden(device, golden, (tensors) => table[op](...(argumentsOf(golden, tensors) as never)));
      const twin = references[op](...(argumentsOf(golden, inputs) as never[]));
      expectClose(twin, output, { relative: 1e-8, absolute: 1e-12 });
    });

    if (!outputs.indices) continue;
    test(`${op} › ${name}: the indices`, async () => {
      const [input, size, options] = argumentsOf(golden, { input: device.upload(golden.inputs.input, true) });
      const call = table[op] as unknown as (...args: unknown[]) => [Tensor, Tensor];
      const [values, indices] = call(input, size, { ...(options as object), returnIndices: true });
      expect(indices.dtype).toBe('i32');
      expectClose(await download(indices), outputs.indices, { relative: 0, absolute: 0 });
      const [dx] = grad(values, [input as Tensor], device.upload(output));
      expect((await dx.data()).some((value) => value !== 0)).toBe(true);
    });
  }
});
