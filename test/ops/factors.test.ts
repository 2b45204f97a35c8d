import { expect, test } from 'vitest';
import { perSampleFactors, perSampleSquares } from '../../src/autograd/per-sample';
import type { Factors } from '../../src/autograd/tape';
import type { Op } from '../../src/ops/define';
import { multiply } from '../../src/ops/matmul/product';
import { fillSpecs, type Sample } from '../../src/ops/sample';
import { batchNorm, conv1d, conv2d, convTranspose1d, convTranspose2d } from '../../src/ops/table';
import { Random } from '../../src/tensor/random';
import type { Shape } from '../../src/tensor/shape';
import { expectClose } from '../reference/close';
import { numericSquares } from '../reference/gradient';
import { type Ref, ref, size } from '../reference/ref';
import { download, useDevice } from './device';
import { references } from './references';

const device = useDevice();
const CLOSE = { relative: 1e-4, absolute: 1e-4 };

const isAsked = ({ title }: { readonly title: string }) => /same size|evaluation/.test(title);
const CASES = [
  [batchNorm, batchNorm.record.samples().filter(isAsked)],
  [conv1d, conv1d.record.samples()],
  [conv2d, conv2d.record.samples().filter(isAsked)],
  [convTranspose1d, convTranspose1d.record.samples()],
  [convTranspose2d, convTranspose2d.record.samples()],
] as unknown as [Op<never>, Sample<readonly unknown[]>[]][];

/** Σ_n (Σ_s output ⊗ input)². */
function squareOf(factors: Factors | undefined, shape: Shape) {
  if (!factors) throw new Error('there are no factors');
  const { output, input } = factors;
  const { kernels: k } = output.gpu;
  const gradients = input ? multiply(output, input, { transposeB: true }) : k.reduce('sum', output, [3]);
  return k.reduce('sum', k.elementwise('g * g', { g: gradients }), [0]).alias(shape);
}

for (const [op, samples] of CASES) {
  const { name } = op.record;
  for (const { title, args } of samples) {
    test(`${name} › ${title}: squares and factors of single samples are those of f64`, async () => {
      const inputs: Ref[] = [];
      const learns: boolean[] = [];
      fillSpecs(args, ({ shape, values, requiresGrad }) => {
        learns.push(requiresGrad && inputs.length > 0);
        inputs.push(ref([...shape], values(new Random(7, inputs.length))));
      });
      const filled = (values: readonly unknown[]) => {
        let next = 0;
        return fillSpecs(args, () => values[next++]) as never[];
      };
      const call = (values: readonly Ref[]) => references[name](...filled(values));
      const { shape } = call(inputs);
      const random = new Random(11);
      const cotangent = ref(
        shape,
        Array.from({ length: size(shape) }, () => Math.fround(random.normal())),
      );

      const tensors = inputs.map((input, i) => device.upload(input, learns[i]));
      const parameters = new Set(tensors.filter((_, i) => learns[i]));
      const output = op(...(filled(tensors) as never));
      const start = device.upload(cotangent);
      const squares = perSampleSquares(output, start, parameters);
      const [{ factors, parameters: own }] = perSampleFactors(output, start, parameters);
      const found = factors(0, shape[0]);
      for (const [i, tensor] of tensors.entries()) {
        if (!learns[i]) continue;
        const expected = numericSquares(call, [...inputs], i, cotangent).squares;
        const square = squares.get(tensor);
        if (!square) throw new Error(`${name} gave no squares of input ${i}`);
        expectClose(await download(square), expected, CLOSE);
        expectClose(await download(squareOf(found[own.indexOf(tensor)], tensor.shape)), expected, CLOSE);
      }
      expect(parameters.size).toBeGreaterThan(0);
    });
  }
}
