import { grad } from '../../src/autograd/backward';
import { fillSpecs, makeTensor } from '../../src/ops/sample';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { table as named } from '../ops/table';

export interface Values {
  readonly shape: number[];
  readonly data: number[];
}

/** What an op made of one of its samples; plain data, so that it can leave a page. */
export interface OpRun {
  readonly title: string;
  readonly result: Values;
  /** Of each input with a gradient, in order. */
  readonly grads: Values[];
}

/** By name: bundlers differ in the order of a namespace. */
const table = named.map(([, op]) => op).sort((a, b) => (a.record.name < b.record.name ? -1 : 1));

/** Calls every op of the table with every sample, and goes back from made-up gradients of the result. */
export async function runOps(gpu: Gpu): Promise<OpRun[]> {
  await gpu.warmUp(() => void callAll(gpu)); // compiles in parallel
  const runs = callAll(gpu).map(async ({ title, result, grads }) => ({
    title,
    result: await valuesOf(result),
    grads: await Promise.all(grads.map(valuesOf)),
  }));
  return Promise.all(runs);
}

function callAll(gpu: Gpu): { title: string; result: Tensor; grads: Tensor[] }[] {
  return table.flatMap((op) =>
    op.record.samples().map(({ title, args }) => {
      const inputs: Tensor[] = [];
      let made = 0;
      const filled = fillSpecs(args, (spec) => {
        const tensor = makeTensor(gpu, spec, new Random(7, made++));
        if (tensor.requiresGrad) inputs.push(tensor);
        return tensor;
      });
      const result = op(...(filled as never));
      const random = new Random(11);
      const start = Array.from({ length: result.size }, () => random.normal());
      const hasGradient = op.record.differentiable && inputs.length > 0;
      const grads = hasGradient ? grad(result, inputs, gpu.tensor(start, result.shape)) : [];
      return { title: `${op.record.name} › ${title}`, result, grads };
    }),
  );
}

const valuesOf = async (tensor: Tensor): Promise<Values> => ({
  shape: [...tensor.shape],
  data: [...(await tensor.data())],
});
