import { describe, expect, test } from 'vitest';
import { Module } from '../../src/nn/module';
import { exportOnnx } from '../../src/onnx/export';
import { OF_OTHERS, ROWS, WITHOUT } from '../../src/onnx/table';
import type { Op } from '../../src/ops/define';
import { fillSpecs, makeTensor, type Sample } from '../../src/ops/sample';
import * as ops from '../../src/ops/table';
import { Random } from '../../src/tensor/random';
import { Tensor } from '../../src/tensor/tensor';
import { failure } from '../data/failure';
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
    private readonly part: number,
  ) {
    super();
  }

  /** What the op gives: a tensor, or several. */
  results(...inputs: Tensor[]): Tensor[] {
    let next = 0;
    const result: unknown = this.op(...(fillSpecs(this.sample.args, () => inputs[next++]) as unknown[]));
    return result instanceof Tensor ? [result] : Object.values(result as object);
  }

  forward(...inputs: Tensor[]): Tensor {
    return this.results(...inputs)[this.part];
  }
}

function tensorsOf({ args }: Sample<readonly unknown[]>): Tensor[] {
  const tensors: Tensor[] = [];
  fillSpecs(args, (spec) => tensors.push(makeTensor(held.gpu, spec, new Random(5, tensors.length))));
  return tensors;
}

test('every op has a row, or stands among those that no file can hold', () => {
  const places = [ROWS, WITHOUT, OF_OTHERS];
  const foundIn = (name: string) => places.filter((place) => place.has(name)).length;
  expect(table.map(([name]) => name).filter((name) => foundIn(name) !== 1)).toEqual([]);
  const known = [...table.map(([name]) => name), 'view']; // what Tensor.view calls
  expect(places.flatMap((place) => [...place.keys()]).filter((name) => !known.includes(name))).toEqual([]);
});

describe('refused by its name:', () => {
  test.each(table.filter(([name]) => WITHOUT.has(name)))('%s', async (name, op) => {
    const [sample] = op.record.samples();
    const inputs = Object.fromEntries(tensorsOf(sample).map((tensor, i) => [`input${i}`, tensor]));
    expect(
      await failure(() => exportOnnx(new Call(op, sample, 0), inputs, { fixedBatch: true })),
    ).toMatchObject({
      code: 'ONNX',
      message: expect.stringContaining(
        `the network calls ops.${name}, which no file can hold: ${WITHOUT.get(name)}`,
      ),
    });
  });
});

describe('in onnxruntime, on every sample, as here:', () => {
  test.each(table.filter(([name]) => !WITHOUT.has(name)))('%s', async (_, op) => {
    for (const sample of op.record.samples()) {
      const inputs = tensorsOf(sample);
      const named = Object.fromEntries(inputs.map((tensor, i) => [`input${i}`, tensor]));
      const results = new Call(op, sample, 0).results(...inputs);
      for (const [part, expected] of results.entries()) {
        const file = await exportOnnx(new Call(op, sample, part), named, { fixedBatch: true });
        const found = await runFile(file, ...inputs).catch((cause: unknown) =>
          expect.fail(`${sample.title}: ${cause}`),
        );
        const close = { relative: 1e-4, absolute: 1e-4 };
        expectClose(found, ref(expected.shape, await expected.data()), close);
      }
    }
  });
});
