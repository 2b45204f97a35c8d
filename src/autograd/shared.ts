import type { Kernels } from '../tensor/kernels';
import { sameShape, stridesOf } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';
import { GradientError } from './backward';
import type { FactoredCall } from './factored-call';
import type { Factors } from './tape';

/**
 * Joins the calls that share parameters, as the time steps of a recurrent network do. A parameter's per-sample gradient
 * is the sum over its uses, so each use is some more positions of the same outer product. The square comes after it.
 * @throws GradientError if uses of a parameter do not fit together
 */
export function joinCalls(calls: readonly FactoredCall[]): FactoredCall[] {
  const groups: FactoredCall[][] = [];
  for (const call of calls) {
    const shares = (other: FactoredCall) =>
      other.parameters.some((parameter) => parameter && call.parameters.includes(parameter));
    const found = groups.filter((group) => group.some(shares));
    for (const group of found) groups.splice(groups.indexOf(group), 1);
    groups.push([...found.flat(), call]);
  }
  return groups.map((group) => (group.length > 1 || usesTwice(group[0]) ? joined(group) : group[0]));
}

const usesTwice = ({ parameters }: FactoredCall): boolean => {
  const used = parameters.filter((parameter) => parameter !== undefined);
  return new Set(used).size < used.length;
};

function joined(calls: readonly FactoredCall[]): FactoredCall {
  const [{ samples }] = calls;
  const op = [...new Set(calls.map((call) => call.op))].join(' and ');
  const parameters = [...new Set(calls.flatMap((call) => call.parameters))].filter(
    (one) => one !== undefined,
  );
  if (calls.some((call) => call.samples !== samples)) {
    const rows = calls.map((call) => call.samples).join(' and ');
    throw new GradientError(
      `per-sample gradients: parameter ${parameters[0]} is used by calls of ${op} with ${rows} rows; keep the samples on the first axis of all of them`,
    );
  }
  return {
    op,
    samples,
    parameters,
    kept: calls.flatMap((call) => call.kept),
    factors: (from, to, alone) => {
      const found = calls.map((call) => call.factors(from, to, alone));
      const join = joiner();
      return parameters.map((parameter) => {
        if (alone && parameter !== alone) return undefined;
        const uses = calls.flatMap((call, i) =>
          found[i].filter((factors, place) => factors && call.parameters[place] === parameter),
        );
        return joinUses(
          parameter,
          uses.filter((use) => use !== undefined),
          join,
        );
      });
    },
  };
}

type Join = (tensors: readonly Tensor[]) => Tensor;

/** @throws GradientError if one use is a product and another is not, or their groups or features differ */
function joinUses(parameter: Tensor, uses: readonly Factors[], join: Join): Factors | undefined {
  if (uses.length < 2) return uses[0];
  const inputs = uses.map(({ input }) => input).filter((input) => input !== undefined);
  const fits = (tensors: readonly Tensor[]) =>
    tensors.every(({ shape }) => sameShape(shape.slice(0, 3), tensors[0].shape.slice(0, 3)));
  const outputs = uses.map(({ output }) => output);
  if ((inputs.length > 0 && inputs.length < uses.length) || !fits(outputs) || !fits(inputs)) {
    throw new GradientError(
      `per-sample gradients: the ${uses.length} uses of parameter ${parameter} do not fit together; use it in one way, with the same groups and features`,
    );
  }
  const rows = uses.every((use) => use.rows === uses[0].rows) ? uses[0].rows : 'both';
  return { output: join(outputs), rows, ...(inputs.length > 0 && { input: join(inputs) }) };
}

/** Joins positions; the same tensors give the same result, by which a bias is known to go with its weight. */
function joiner(): Join {
  const known: { readonly tensors: readonly Tensor[]; readonly result: Tensor }[] = [];
  return (tensors) => {
    const before = known.find(
      (one) =>
        one.tensors.length === tensors.length && one.tensors.every((tensor, i) => tensor === tensors[i]),
    );
    const result = before?.result ?? joinPositions(tensors[0].gpu.kernels, tensors);
    if (!before) known.push({ tensors, result });
    return result;
  };
}

/** [N, Q, F, S₁], [N, Q, F, S₂], … to [N, Q, F, S₁ + S₂ + …]. */
function joinPositions(k: Kernels, tensors: readonly Tensor[]): Tensor {
  const leading = tensors[0].shape.slice(0, 3);
  const positions = tensors.reduce((sum, { shape }) => sum + shape[3], 0);
  const out = k.empty([...leading, positions]);
  let start = 0;
  for (const tensor of tensors) {
    const from = { start: 0, strides: stridesOf(tensor.shape) };
    k.copy(tensor, from, out, { start, strides: stridesOf(out.shape) }, tensor.shape);
    start += tensor.shape[3];
  }
  return out;
}
