import { grad } from '../../src/autograd/backward';
import type { Tensor } from '../../src/tensor/tensor';
import { type Ref, ref } from '../reference/ref';
import { download } from './device';

/** Sample n of a batch, as a batch of one. */
export function row({ shape, data }: Ref, n: number): Ref {
  const length = data.length / shape[0];
  return ref([1, ...shape.slice(1)], data.slice(n * length, (n + 1) * length));
}

/** Σ_n (∂ of sample n alone)² for each parameter, by one backward pass a sample. */
export async function squaresOneByOne(
  samples: number,
  parameters: readonly Tensor[],
  single: (n: number) => { output: Tensor; start: Tensor },
): Promise<Ref[]> {
  const totals = parameters.map((parameter) => ref(parameter.shape, new Float64Array(parameter.size)));
  for (let n = 0; n < samples; n++) {
    const { output, start } = single(n);
    const grads = grad(output, parameters, start);
    for (const [i, total] of totals.entries()) {
      const { data } = await download(grads[i]);
      data.forEach((value, at) => {
        total.data[at] += value ** 2;
      });
    }
  }
  return totals;
}
