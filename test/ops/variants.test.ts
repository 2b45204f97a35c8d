import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import { perSampleSquares } from '../../src/autograd/per-sample';
import { openGpu } from '../../src/node';
import { conv2d } from '../../src/ops/conv2d/conv2d';
import type { Op } from '../../src/ops/define';
import { linear } from '../../src/ops/matmul/linear';
import { matmul } from '../../src/ops/matmul/matmul';
import { fillSpecs, makeTensor } from '../../src/ops/sample';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { type Ref, ref } from '../reference/ref';
import { references } from './references';

const CLOSE = { relative: 1e-4, absolute: 1e-4 };

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterAll(() => gpu.dispose());

const download = async (tensor: Tensor): Promise<Ref> => ref([...tensor.shape], await tensor.data());

/** What an op gives for a sample, all gradients, and where it has the rule the per-sample squares, by one way. */
async function results(op: Op<never>, args: readonly unknown[], turn: number): Promise<Ref[]> {
  const found: Ref[] = [];
  await gpu.variants.attempt(turn, async () => {
    const inputs: Tensor[] = [];
    const filled = fillSpecs(args, (spec) => {
      const tensor = makeTensor(gpu, spec, new Random(7, inputs.length));
      inputs.push(tensor);
      return tensor;
    });
    const call = () => op(...(filled as never));
    const result = call();
    found.push(await download(result));
    const start = gpu.randn(result.shape, { seed: 3 });
    for (const tensor of grad(result, inputs, start)) found.push(await download(tensor));
    if (!op.record.hasPerSampleRule) return;
    const squares = perSampleSquares(call(), start, new Set(inputs.slice(1)));
    for (const tensor of squares.values()) found.push(await download(tensor));
  });
  return found;
}

describe.each([
  ['conv2d', conv2d as unknown as Op<never>],
  ['matmul', matmul as unknown as Op<never>],
  ['linear', linear as unknown as Op<never>],
])('%s', (name, op) => {
  const ways = [0, 1, 2, 3];
  test.each(ways)(
    'by its kernel number %i gives the f64 result, and the gradients of the first',
    async (turn) => {
      for (const sample of op.record.samples()) {
        const refs: Ref[] = [];
        const filled = fillSpecs(sample.args, (spec) => {
          const made = ref([...spec.shape], spec.values(new Random(7, refs.length)));
          refs.push(made);
          return made;
        });
        const expected = references[name](...(filled as never[]));
        const first = await results(op, sample.args, 0);
        const found = await results(op, sample.args, turn);
        expectClose(found[0], expected, CLOSE);
        expect(found.length).toBe(first.length);
        for (const [i, values] of found.entries()) expectClose(values, first[i], CLOSE);
      }
    },
  );
});
