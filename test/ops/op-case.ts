import { grad } from '../../src/autograd/backward';
import { perSampleSquares } from '../../src/autograd/per-sample';
import type { Op } from '../../src/ops/define';
import { fillSpecs } from '../../src/ops/sample';
import { Random } from '../../src/tensor/random';
import type { Tensor } from '../../src/tensor/tensor';
import { expectClose } from '../reference/close';
import { numericSquares } from '../reference/gradient';
import { type Ref, ref, size } from '../reference/ref';
import { type Device, download } from './device';
import { references } from './references';

const CLOSE = { relative: 1e-4, absolute: 1e-4 };

export interface Results {
  readonly output: Ref;
  /** Of each input, in order. */
  readonly gradients: readonly Ref[];
  /** Σ_n (∂ of sample n alone)² of each input but the first, where the op has a rule for it. */
  readonly squares: readonly Ref[];
}

export interface Case {
  readonly op: Op<never>;
  readonly args: readonly unknown[];
  readonly inputs: readonly Ref[];
  readonly cotangent: Ref;
}

/** The arguments with these in the places of their tensors. */
const filled = (args: readonly unknown[], inputs: readonly unknown[]): never[] => {
  let next = 0;
  return fillSpecs(args, () => inputs[next++]) as unknown as never[];
};

/** A call of the op, and what its gradients start from. */
export function makeCase(op: Op<never>, args: readonly unknown[]): Case {
  const inputs: Ref[] = [];
  fillSpecs(args, ({ shape, values }) => inputs.push(ref([...shape], values(new Random(7, inputs.length)))));
  const { shape } = references[op.record.name](...filled(args, inputs));
  const random = new Random(11);
  const start = Array.from({ length: size(shape) }, () => Math.fround(random.normal()));
  return { op, args, inputs, cotangent: ref(shape, start) };
}

export function inF64({ op, args, inputs, cotangent }: Case): Results {
  const call = (values: readonly Ref[]) => references[op.record.name](...filled(args, values));
  const found = inputs.map((_, i) => numericSquares(call, [...inputs], i, cotangent));
  return {
    output: call(inputs),
    gradients: found.map(({ gradient }) => gradient),
    squares: op.record.hasPerSampleRule ? found.slice(1).map(({ squares }) => squares) : [],
  };
}

export async function onGpu(device: Device, { op, args, inputs, cotangent }: Case): Promise<Results> {
  const tensors = inputs.map((input) => device.upload(input, true));
  const start = device.upload(cotangent);
  const call = (): Tensor => op(...(filled(args, tensors) as never));
  const output = call();
  const all = (found: Iterable<Tensor>) => Promise.all([...found].map(download));
  const gradients = await all(grad(output, tensors, start));
  const parameters = op.record.hasPerSampleRule ? tensors.slice(1) : [];
  const squares = parameters.length > 0 ? perSampleSquares(call(), start, new Set(parameters)) : new Map();
  return {
    output: await download(output),
    gradients,
    squares: await all(parameters.map((parameter) => squares.get(parameter))),
  };
}

/** @throws AssertionError where a number is off */
export function expectSame({ output, gradients, squares }: Results, expected: Results): void {
  expectClose(output, expected.output, CLOSE);
  for (const [i, wanted] of expected.gradients.entries()) expectClose(gradients[i], wanted, CLOSE);
  for (const [i, wanted] of expected.squares.entries()) expectClose(squares[i], wanted, CLOSE);
}
