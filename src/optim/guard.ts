import { TaskgradError } from '../../runtime/errors';
import { ArgumentError, shown } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import { formatShape, ShapeError, sameShape } from '../tensor/shape';
import type { Tensor } from '../tensor/tensor';

/** An optimiser option out of range, or a state of another network. */
export class OptimizerError extends TaskgradError {
  constructor(message: string) {
    super('OPTIMIZER', message);
  }
}

/** Checks options that must not be negative. @throws OptimizerError */
export function checkNonNegative(optimizer: string, options: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value !== 'number')
      throw new ArgumentError(optimizer, name, shown(value), 'a number of at least 0');
    if (!(value >= 0))
      throw new OptimizerError(`${optimizer}: ${name} is ${value}, expected a number of at least 0`);
  }
}

/** A number for each group: one for all of them, or as many as there are. @throws OptimizerError, ArgumentError */
export function ofEach(
  schedule: string,
  name: string,
  value: number | readonly number[],
  groups: number,
): readonly number[] {
  const values: readonly number[] = Array.isArray(value) ? value : new Array(groups).fill(value);
  for (const one of values) checkNonNegative(schedule, { [name]: one });
  if (values.length === groups) return values;
  throw new OptimizerError(
    `${schedule}: ${name} has ${values.length} numbers, expected one, or one for each of ${groups} groups`,
  );
}

/**
 * What an optimiser learns has to be f32 tensors of one GPU, each of them once.
 * @throws DTypeError, DeviceError, ArgumentError, OptimizerError
 */
export function checkParameters(optimizer: string, parameters: ReadonlyMap<string, Tensor>): void {
  const call = { op: optimizer };
  const names = new Map<Tensor, string>();
  for (const [name, parameter] of parameters) {
    singles(call, `parameter ${name}`, parameter);
    const other = names.get(parameter);
    if (other !== undefined)
      throw new OptimizerError(`${optimizer}: ${other} and ${name} are one tensor; give it once`);
    names.set(parameter, name);
  }
}

/** A parameter that has a gradient. */
export interface Learnt {
  /** The parameter's name. */
  readonly name: string;
  /** The tensor itself. */
  readonly parameter: Tensor;
  /** Its gradient, of its shape. */
  readonly grad: Tensor;
}

/** @throws ShapeError, DTypeError, DeviceError unless the gradient fits its parameter: the kernels look at its size alone */
export function checkGradient(optimizer: string, { name, parameter, grad }: Learnt): void {
  singles({ op: optimizer, first: { gpu: parameter.gpu, name } }, `the gradient of ${name}`, grad);
  if (sameShape(grad.shape, parameter.shape)) return;
  throw new ShapeError(
    `${optimizer}: the gradient of ${name} is ${grad}, expected the parameter’s shape ${formatShape(parameter.shape)}`,
  );
}
