import { TaskgradError } from '../../../runtime/errors';
import { anObject, checkArgument, shown } from '../../tensor/guard';
import { EFFECTS, type Effect, type Operation } from './operation';
import { type BuiltInOperation, OPERATION_NAMES, OPERATIONS } from './table';

/** A built-in operation, or one that the program defined itself. */
export type OperationName = BuiltInOperation | (string & Record<never, never>);

/** An operation that cannot be defined, or that nobody has defined. */
export class OperationError extends TaskgradError {
  constructor(message: string) {
    super('OPERATION', message);
  }
}

/** Names stand in genotypes' hashes, in names of parameters and in pictures. */
const WELL_FORMED = /^[a-z][a-z0-9_]{0,31}$/;

const defined = new Map<string, Operation>(Object.entries(OPERATIONS));

/** All that there is to say of an operation of a program's own. */
export interface OperationDefinition<Name extends string> extends Omit<Operation<Name>, 'effect'> {
  /** Default: 'learned'. */
  readonly effect?: Effect;
}

/**
 * Adds an operation of cells for the time of this process. From then on genotypes, search spaces and pictures take
 * its name, as they take the built-in ones. A genotype that names it can be read only where it was defined before.
 * @throws OperationError on a name that is ill-formed or taken, an unknown effect, a cost below 0, or a `build` that is no function
 * @example
 * ```ts
 * const { name, effect } = nas.defineOperation({
 *   name: 'conv_3x3',
 *   build: (gpu, channels, affine, stride) => new nn.Conv2d(gpu, channels, channels, 3, { stride, padding: 1 }),
 * });
 * [name, effect]; // → ['conv_3x3', 'learned']
 * ```
 */
export function defineOperation<Name extends string>(definition: OperationDefinition<Name>): Operation<Name> {
  checkArgument('defineOperation', 'definition', definition, anObject);
  const { name, build, effect = 'learned', cost } = definition;
  if (typeof name !== 'string' || !WELL_FORMED.test(name)) {
    throw new OperationError(
      `defineOperation: the name is ${shown(name)}, expected at most 32 small letters, digits and underscores, a letter first, as in 'conv_1x1'`,
    );
  }
  if (defined.has(name)) {
    throw new OperationError(
      `defineOperation: the name '${name}' is taken; expected another than ${operationNames().join(', ')}; choose a new name, and define each operation once`,
    );
  }
  if (!EFFECTS.includes(effect)) {
    throw new OperationError(
      `defineOperation: the effect of '${name}' is ${shown(effect)}, expected ${EFFECTS.join(', ')}; leave it out for an operation with weights`,
    );
  }
  if (typeof build !== 'function') {
    throw new OperationError(
      `defineOperation: build of '${name}' is ${shown(build)}, expected a function (gpu, channels, affine, stride) that returns an nn.Module`,
    );
  }
  if (cost !== undefined && !(Number.isFinite(cost) && cost >= 0)) {
    throw new OperationError(
      `defineOperation: the cost of '${name}' is ${shown(cost)}, expected a number from 0; leave it out for that of an average operation`,
    );
  }
  const operation = { name, effect, cost, build };
  defined.set(name, operation);
  return operation;
}

/** Names of all operations: the built-in ones, then those that were defined, in the order that they were. */
export const operationNames = (): OperationName[] => [...defined.keys()];

/** What spaces are made of unless they say otherwise: the standard space's operations, then those that were defined. */
export const usualOperations = (): OperationName[] => [
  ...OPERATION_NAMES,
  ...operationNames().filter((name) => !Object.hasOwn(OPERATIONS, name)),
];

/** @throws OperationError on a name that nobody has defined */
export function operationOf(name: OperationName): Operation {
  const operation = defined.get(name);
  if (operation) return operation;
  throw new OperationError(unknownOperation(name));
}

/** @throws OperationError on a name that nobody has defined */
export const effectOf = (name: OperationName): Effect => operationOf(name).effect;

export const isOperation = (name: string): boolean => defined.has(name);

/** What is to be said of a name that is no operation's. */
export const unknownOperation = (name: string): string =>
  `unknown operation ${shown(name)}; known are ${operationNames().join(', ')}; one of your own has to be defined first, with nas.defineOperation`;
