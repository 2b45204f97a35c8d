import { slope } from './gradient';
import type { Ref } from './ref';

/**
 * Σ_n (∂ loss(params, n) / ∂θ)² over the samples n = 0 .. samples − 1, for each parameter, by central finite
 * differences. Divided by the number of samples it is the diagonal empirical Fisher of a loss −log p(label).
 */
export function perSampleSquares(
  loss: (params: Ref[], sample: number) => number,
  params: Ref[],
  samples: number,
  step = 1e-5,
): Ref[] {
  const own = params.map(({ shape, data }) => ({ shape, data: data.slice() }));
  return own.map((param) => ({
    shape: [...param.shape],
    data: Float64Array.from(param.data, (_, entry) => {
      let total = 0;
      for (let n = 0; n < samples; n++) total += slope(() => loss(own, n), param, entry, step) ** 2;
      return total;
    }),
  }));
}
