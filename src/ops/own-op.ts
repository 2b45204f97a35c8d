import { TaskgradError } from '../../runtime/errors';
import { anObject, checkArgument, shown } from '../tensor/guard';
import { formatShape, sameShape } from '../tensor/shape';
import { Tensor } from '../tensor/tensor';
import { type Inputs, defineOp as makeOp, type Op, type OpDefinition } from './define';

/** An op that cannot be defined, or a rule of it that gave what it may not. */
export class OpError extends TaskgradError {
  constructor(message: string) {
    super('OP', message);
  }
}

/** Names stand in errors and profiles. */
const WELL_FORMED = /^[a-zA-Z]\w{0,63}$/;
const RULES = ['parse', 'shape', 'forward'] as const;
const OPTIONAL_RULES = ['backward', 'perSample', 'factors', 'mixesSamples', 'samples'] as const;

/** What a program says of an op of its own: as the built-in ones, but samples may be left out. */
export type OwnOpDefinition<Args extends readonly unknown[], In extends Inputs, Attrs, Saved> = Omit<
  OpDefinition<Args, In, Attrs, Saved>,
  'samples'
> &
  Partial<Pick<OpDefinition<Args, In, Attrs, Saved>, 'samples'>>;

/**
 * Makes an op of a program's own, with its own shaders where it likes (`k.run`) or of formulas of single elements
 * (`k.elementwise`, which are fused with their neighbours). It goes on the tape, is captured and profiled as the built-in
 * ones are, and with a `perSample` rule it takes part in Fishers. `gradientCheck` compares its rules with finite
 * differences.
 * @param definition `name`; `parse`, from arguments to tensors and attributes; `shape` of the result; `forward`; for
 *   gradients `backward`, and `perSample` where it has parameters
 * @throws OpError on a definition that lacks something; when called, on a rule that gives no tensor or one of another shape
 * @example
 * ```ts
 * const swish = defineOp({
 *   name: 'swish',
 *   parse: (x: Tensor) => ({ inputs: [x] as const, attrs: {} }),
 *   shape: ({ inputs: [x] }) => x.shape,
 *   forward: (k, { inputs: [x] }) => k.elementwise('x / (1.0 + exp(-x))', { x }),
 *   backward: (k, { inputs: [x], grad }) => [
 *     k.elementwise('g * (1.0 + exp(-x) * (1.0 + x)) / pow(1.0 + exp(-x), 2.0)', { g: grad, x }),
 *   ],
 *   samples: () => [samples.sample('a matrix', samples.randn([4, 5]))],
 * });
 * await gradientCheck(gpu, swish);
 * swish(gpu.tensor([0, 1])); // → [0.0, 0.731]
 * ```
 */
export function defineOp<const Args extends readonly unknown[], In extends Inputs, Attrs, Saved = undefined>(
  definition: OwnOpDefinition<Args, In, Attrs, Saved>,
): Op<Args> {
  checkArgument('defineOp', 'definition', definition, anObject);
  checkDefinition(definition as unknown as Readonly<Record<string, unknown>>);
  const { name, forward, backward, perSample, samples = () => [] } = definition;
  const fits = (rule: string, inputs: In, grads: Inputs): Inputs => {
    for (const [i, gradient] of grads.entries())
      if (gradient !== undefined) checkResult(name, `${rule}, entry ${i},`, gradient, inputs[i]?.shape);
    return grads;
  };
  const checked: OpDefinition<Args, In, Attrs, Saved> = {
    ...definition,
    samples,
    forward: (k, call) => {
      const result = forward(k, call);
      const given: unknown =
        result !== null && typeof result === 'object' && 'output' in result ? result.output : result;
      checkResult(name, 'forward', given, call.shape);
      return result;
    },
    backward:
      backward && ((k, call) => fits('backward', call.inputs, list(name, 'backward', backward(k, call)))),
    perSample:
      perSample && ((k, call) => fits('perSample', call.inputs, list(name, 'perSample', perSample(k, call)))),
  };
  return makeOp(checked, { isOwn: true });
}

function checkDefinition(definition: Readonly<Record<string, unknown>>): void {
  const { name } = definition;
  if (typeof name !== 'string' || !WELL_FORMED.test(name))
    throw new OpError(
      `defineOp: name is ${shown(name)}, expected letters, digits and underscores, a letter first, as in 'rmsNorm'`,
    );
  const refuse = (rule: string, expected: string) => {
    throw new OpError(`defineOp: ${rule} of '${name}' is ${shown(definition[rule])}, expected ${expected}`);
  };
  for (const rule of RULES) if (typeof definition[rule] !== 'function') refuse(rule, 'a function');
  for (const rule of OPTIONAL_RULES)
    if (definition[rule] !== undefined && typeof definition[rule] !== 'function')
      refuse(rule, 'a function, or nothing');
}

function checkResult(op: string, rule: string, given: unknown, shape: readonly number[] | undefined): void {
  if (!(given instanceof Tensor)) throw new OpError(`${op}: ${rule} gave ${shown(given)}, expected a tensor`);
  if (!shape) throw new OpError(`${op}: ${rule} is ${given}, expected nothing: the call has no such input`);
  if (!sameShape(given.shape, shape))
    throw new OpError(
      `${op}: ${rule} gave a tensor of ${formatShape(given.shape)}, expected ${formatShape(shape)}`,
    );
}

function list(op: string, rule: string, given: unknown): Inputs {
  if (Array.isArray(given)) return given;
  throw new OpError(`${op}: ${rule} gave ${shown(given)}, expected an array with a gradient for each input`);
}
