import { TaskgradError } from '../../runtime/errors';
import { tagged } from '../../runtime/tags';
import type { Varying } from '../../runtime/varying';
import { learns, unlistedIn } from '../nn/unlisted';
import { ArgumentError, aNumber, checkArgument, kind, mapOf, options, shown } from '../tensor/guard';
import { singles } from '../tensor/guard-tensor';
import { formatShape, ShapeError, sameShape } from '../tensor/shape';
import { changing } from '../tensor/storage';
import { Tensor } from '../tensor/tensor';

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

/** Before the name of a parameter, in a state: steps in which it had no gradient. */
const MISSED = 'missed.';

const aMoment = kind(
  'an object { data }',
  (value) => typeof value === 'object' && value !== null && 'data' in value,
);
const PARAMETERS = "a Map of names to tensors, such as net.parameters() or new Map([['w', w]])";

/** @throws ArgumentError, DTypeError, DeviceError unless these are f32 tensors of one GPU by their names */
export function checkParameters(optimizer: string, parameters: unknown): void {
  if (!(parameters instanceof Map))
    throw new ArgumentError(optimizer, 'parameters', shown(parameters), PARAMETERS);
  const call = { op: optimizer };
  for (const [name, parameter] of parameters) singles(call, `parameter ${name}`, parameter);
}

/** @throws ShapeError, DTypeError, DeviceError unless the gradient fits its parameter: the kernels look at its size alone */
function checkGradient(optimizer: string, { name, parameter, grad }: Learnt): void {
  singles({ op: optimizer, first: { gpu: parameter.gpu, name } }, `the gradient of ${name}`, grad);
  if (sameShape(grad.shape, parameter.shape)) return;
  throw new ShapeError(
    `${optimizer}: the gradient of ${name} is ${grad}, expected the parameter’s shape ${formatShape(parameter.shape)}`,
  );
}

/** A parameter that has a gradient. */
export interface Learnt {
  readonly name: string;
  readonly parameter: Tensor;
  readonly grad: Tensor;
}

/** Base of the optimisers: updates parameters in place from their `grad`. */
export abstract class Optimizer {
  /** Steps made; part of the state. */
  protected steps = 0;
  /** Steps in which parameters had no gradient, of those that missed some. */
  private readonly missed = new Map<string, number>();

  constructor(
    protected readonly parameters: ReadonlyMap<string, Tensor>,
    /** Learning rate; schedules change it between steps. */
    public lr: number,
  ) {
    checkParameters(new.target.name, parameters);
    const names = new Map<Tensor, string>();
    for (const [name, parameter] of parameters) {
      const other = names.get(parameter);
      if (other !== undefined)
        throw new OptimizerError(`${new.target.name}: ${other} and ${name} are one tensor; give it once`);
      names.set(parameter, name);
    }
    learns(parameters.values());
  }

  /**
   * Updates every parameter that has a gradient. A parameter counts the steps in which it had one, as in PyTorch.
   * @throws OptimizerError if a tensor learns in the network that its `parameters()` do not list
   */
  step(): void {
    const problem = unlistedIn(this.parameters);
    if (problem) throw new OptimizerError(`${this.constructor.name}: ${problem}`);
    const learnt: Learnt[] = [];
    const without: string[] = [];
    for (const [name, parameter] of this.parameters) {
      if (parameter.grad) learnt.push({ name, parameter, grad: parameter.grad });
      else without.push(name);
    }
    for (const one of learnt) checkGradient(this.constructor.name, one);
    this.varying(() => {
      this.steps += 1;
      for (const name of without) this.missed.set(name, (this.missed.get(name) ?? 0) + 1);
      return this.steps;
    });
    const op = this.constructor.name;
    tagged(`${op} step`, { phase: 'optimiser', op }, () =>
      changing(`${op}.step()`, () => this.update(learnt)),
    );
  }

  /** Frees all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters.values()) {
      parameter.grad?.dispose();
      parameter.grad = null;
    }
  }

  /**
   * All that a resumed run needs: steps made, the moment tensors by '<moment>.<parameter>', and for each parameter that was
   * without a gradient in some steps the number of these, as 'missed.<parameter>'.
   */
  state(): { steps: number; tensors: Map<string, Tensor> } {
    const missed = [...this.missed].flatMap(([name, steps]) => {
      const parameter = this.parameters.get(name);
      return parameter ? [[`${MISSED}${name}`, parameter.gpu.full([1], steps)] as const] : [];
    });
    return { steps: this.steps, tensors: new Map([...this.ownTensors(), ...missed]) };
  }

  /** @throws OptimizerError if the state is of other parameters; nothing is loaded then */
  loadState(state: { steps: number; tensors: ReadonlyMap<string, { data: ArrayLike<number> }> }): void {
    checkArgument('loadState', 'state', state, options({ steps: aNumber, tensors: mapOf(aMoment) }));
    const { steps, tensors } = state;
    if (!Number.isInteger(steps) || steps < 0) {
      throw new OptimizerError(`loadState: steps is ${steps}, expected a whole number of at least 0`);
    }
    const own = this.ownTensors();
    const isMissed = (name: string) =>
      name.startsWith(MISSED) && this.parameters.has(name.slice(MISSED.length));
    const extra = [...tensors.keys()].find((name) => !own.has(name) && !isMissed(name));
    if (extra !== undefined) {
      throw new OptimizerError(
        `loadState: moment ${extra} is not one of this optimiser's; the state is of another network or optimiser`,
      );
    }
    const loads = [...own].map(([name, tensor]) => {
      const saved = tensors.get(name);
      if (saved instanceof Tensor) {
        throw new OptimizerError(
          `loadState: moment ${name} is a tensor, expected its values; read it first: { data: await tensor.data() }`,
        );
      }
      if (saved?.data.length !== tensor.size) {
        throw new OptimizerError(
          `loadState: moment ${name} is missing or of another size; the state is of another network`,
        );
      }
      return { tensor, data: saved.data };
    });
    for (const { tensor, data } of loads) tensor.write(Float32Array.from(data));
    this.steps = steps;
    this.missed.clear();
    for (const [name, { data }] of tensors)
      if (isMissed(name)) this.missed.set(name.slice(MISSED.length), data[0]);
  }

  /** Frees the moment tensors. */
  dispose(): void {
    for (const tensor of this.ownTensors().values()) tensor.dispose();
  }

  /** Steps in which a parameter had a gradient. */
  protected countOf(name: string): number {
    return this.steps - (this.missed.get(name) ?? 0);
  }

  /** Parameters that have counted equally many steps, together. */
  protected byCount(learnt: readonly Learnt[]): readonly (readonly Learnt[])[] {
    const groups = new Map<number, Learnt[]>();
    for (const one of learnt) {
      const count = this.countOf(one.name);
      const group = groups.get(count);
      if (group) group.push(one);
      else groups.set(count, [one]);
    }
    return [...groups.values()];
  }

  private ownTensors(): Map<string, Tensor> {
    const tensors = Object.entries(this.moments()).flatMap(([moment, byName]) =>
      [...byName].map(([name, tensor]) => [`${moment}.${name}`, tensor] as const),
    );
    return new Map(tensors);
  }

  /** A number for a dispatch that follows from the rate or the count of steps. Each replay of a captured step reads it anew. */
  protected varying(read: () => number): Varying {
    for (const { gpu } of this.parameters.values()) return gpu.varying(read);
    return read();
  }

  protected abstract update(learnt: readonly Learnt[]): void;

  protected abstract moments(): Record<string, ReadonlyMap<string, Tensor>>;
}

export function momentOf(moments: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const moment = moments.get(name);
  if (!moment) throw new TypeError(`no moment of parameter ${name}`);
  return moment;
}

/** A zero tensor for every parameter. */
export function zerosLike(parameters: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  return new Map([...parameters].map(([name, { gpu, shape }]) => [name, gpu.zeros(shape)]));
}
