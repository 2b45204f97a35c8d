import { GradientError } from '../autograd/backward';
import { eachPerSampleSquare, perSampleFactors, repeatedIn } from '../autograd/per-sample';
import type { Factors } from '../autograd/tape';
import { multiply } from '../ops/matmul/product';
import type { Tensor } from '../tensor/tensor';
import { CHUNK_VALUES, chunks } from './chunks';

/** As `perSampleSquares`, also of parameters that are used several times, see `eachSampleSquare`. */
export function sampleSquares(
  root: Tensor,
  seed: Tensor,
  parameters: ReadonlySet<Tensor>,
): Map<Tensor, Tensor> {
  const squares = new Map<Tensor, Tensor>();
  eachSampleSquare(root, seed, parameters, (parameter, square) => void squares.set(parameter, square));
  return squares;
}

/**
 * As `eachPerSampleSquare`, also of parameters that are used several times, as by the time steps of a recurrent network.
 * Their gradients are laid out for some samples at a time, since they are squared only when all uses are added up.
 * @throws GradientError as `perSampleSquares` and `perSampleFactors`
 */
export function eachSampleSquare(
  root: Tensor,
  seed: Tensor,
  parameters: ReadonlySet<Tensor>,
  take: (parameter: Tensor, square: Tensor) => void,
  since?: number,
): void {
  const repeated = repeatedIn(root, parameters);
  if (repeated.size === 0) {
    eachPerSampleSquare(root, seed, parameters, take, since);
    return;
  }
  const once = new Set([...parameters].filter((parameter) => !repeated.has(parameter)));
  eachPerSampleSquare(root, seed, once, take);
  for (const { parameters: own, samples, factors, kept } of perSampleFactors(root, seed, repeated)) {
    for (const [place, parameter] of own.entries()) {
      if (!parameter) continue;
      const sum = root.gpu.zeros(parameter.shape);
      for (const [from, to] of chunks(samples, CHUNK_VALUES / parameter.size)) {
        root.gpu.scope(() => {
          const square = squareOf(factors(from, to, parameter)[place], parameter);
          root.gpu.kernels.elementwise('old + square', { square }, { into: sum });
        });
      }
      take(parameter, sum);
    }
    for (const tensor of kept) tensor.dispose();
  }
}

/** Σ_n (Σ_s output ⊗ input)² of some samples, in the parameter's shape. */
function squareOf(factors: Factors | undefined, { shape }: Tensor): Tensor {
  if (!factors) throw new GradientError('a rule for factors left out a parameter that it was asked for');
  const { output, input } = factors;
  const { kernels: k } = output.gpu;
  const gradients = input ? multiply(output, input, { transposeB: true }) : k.reduce('sum', output, [3]);
  return k.reduce('sum', k.elementwise('g * g', { g: gradients }), [0]).alias(shape);
}
