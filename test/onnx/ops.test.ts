import { describe, expect, test } from 'vitest';
import { Module } from '../../src/nn/module';
import { exportOnnx } from '../../src/onnx/export';
import { ROWS, WITHOUT } from '../../src/onnx/table';
import type { Op } from '../../src/ops/define';
import { fillSpecs, makeTensor, type Sample } from '../../src/ops/sample';
import * as ops from '../../src/ops/table';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { ref } from '../reference/ref';
import { useGpu } from '../use-gpu';
import { runFile } from './session';

const held = useGpu();
const table = (Object.entries(ops) as unknown as [string, Op][]).filter(([, op]) => 'record' in op);

/** An op on a sample's arguments, as a network whose inputs are the sample's tensors. */
class Call extends Module {
  constructor(
    private readonly op: Op,
    private readonly sample: Sample<readonly unknown[]>,
  ) {
    super();
  }

  forward(...inputs: Tensor[]): Tensor {
    let next = 0;
    return this.op(...(fillSpecs(this.sample.args, () => inputs[next++]) as unknown[]));
  }
}

function tensorsOf({ args }: Sample<readonly unknown[]>): Tensor[] {
  const tensors: Tensor[] = [];
  fillSpecs(args, (spec) => tensors.push(makeTensor(held.gpu, spec, new Random(5, tensors.length))));
  return tensors;
}

test('every op has a row, or stands among those that no file can hold', () => {
  expect(table.map(([name]) => name).filter((name) => ROWS.has(name) === WITHOUT.has(name))).toEqual([]);
  const known = [...table.map(([name]) => name), 'view']; // what Tensor.view calls
  expect([...ROWS.keys(), ...WITHOUT.keys()].filter((name) => !known.includes(name))).toEqual([]);
});

describe('in onnxruntime, on every sample, as here:', () => {
  test.each(table.filter(([name]) => ROWS.has(name)))('%s', async (_, op) => {
    for (const sample of op.record.samples()) {
      const net = new Call(op, sample);
      const inputs = tensorsOf(sample);
      const named = Object.fromEntries(inputs.map((tensor, i) => [`input${i}`, tensor]));
      const file = await exportOnnx(net, named, { fixedBatch: true });
      const expected = net.forward(...inputs);
      const data = await expected.data();
      const found = await runFile(file, ...inputs).catch((cause: unknown) =>
        expect.fail(`${sample.title}: ${cause}`),
      );
      expectClose(found, ref(expected.shape, data), { relative: 1e-4, absolute: 1e-4 });
    }
  });
});
