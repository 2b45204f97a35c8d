import { expect, test } from 'vitest';
import { grad } from '../../src/autograd/backward';
import type { Op } from '../../src/ops/define';
import { fillSpecs, makeTensor, type TensorSpec } from '../../src/ops/sample';
import type { Gpu } from '../../src/tensor/gpu';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { numericGradient } from '../reference/gradient';
import { type Ref, ref } from '../reference/ref';

/** The f64 twin of an op: the same arguments with a Ref for every Tensor. */
export type Reference = (...args: never[]) => Ref;

/** What f32 arithmetic over a few hundred terms may lose, and finite differences in f64 with it. */
const FORWARD = { relative: 2e-5, absolute: 2e-5 };
const GRADIENT = { relative: 2e-3, absolute: 5e-4 };

interface Made {
  readonly tensors: Tensor[];
  readonly refs: Ref[];
  readonly specs: TensorSpec[];
  readonly args: unknown[];
  readonly referenceArgs: unknown[];
}

function make(gpu: Gpu, args: readonly unknown[]): Made {
  const tensors: Tensor[] = [];
  const refs: Ref[] = [];
  const specs: TensorSpec[] = [];
  const filled = fillSpecs(args, (spec) => {
    const index = specs.push(spec) - 1;
    tensors.push(makeTensor(gpu, spec, new Random(7, index)));
    refs.push(ref([...spec.shape], spec.values(new Random(7, index))));
    return tensors[index];
  });
  let next = 0;
  const referenceArgs = fillSpecs(args, () => refs[next++]);
  return { tensors, refs, specs, args: filled as unknown[], referenceArgs: referenceArgs as unknown[] };
}

/** Registers the tests of one op over all its samples: forward and, where it has one, every gradient. */
export function testOp(gpu: () => Gpu, op: Op<never>, reference: Reference): void {
  const { record } = op;
  for (const sample of record.samples()) {
    const call = (args: unknown[]) => op(...(args as never));
    const referenceCall = (args: unknown[]) => reference(...(args as never[]));

    test(`${record.name} › ${sample.title}: the result matches the f64 reference`, async () => {
      const made = make(gpu(), sample.args);
      const result = call(made.args);
      const expected = referenceCall(made.referenceArgs);
      expect([...result.shape]).toEqual(expected.shape);
      expectClose(ref([...result.shape], await result.data()), expected, FORWARD);
    });

    let hasGradient = false;
    fillSpecs(sample.args, ({ requiresGrad }) => {
      hasGradient ||= requiresGrad;
    });
    if (!record.differentiable || !hasGradient) continue;
    test(`${record.name} › ${sample.title}: gradients match finite differences in f64`, async () => {
      const made = make(gpu(), sample.args);
      const result = call(made.args);
      const random = new Random(11);
      const cotangent = ref(
        [...result.shape],
        Array.from({ length: result.size }, () => Math.fround(random.normal())),
      );
      const inputs = made.specs.flatMap((spec, i) => (spec.requiresGrad ? [i] : []));
      const start = gpu().tensor(Float32Array.from(cotangent.data), result.shape);
      const grads = grad(
        result,
        inputs.map((i) => made.tensors[i]),
        start,
      );
      for (const [k, i] of inputs.entries()) {
        const f = (refs: Ref[]) => {
          let next = 0;
          return referenceCall(fillSpecs(sample.args, () => refs[next++]) as unknown[]);
        };
        const expected = numericGradient(f, made.refs, i, cotangent);
        expectClose(ref([...grads[k].shape], await grads[k].data()), expected, GRADIENT);
      }
    });
  }
}
