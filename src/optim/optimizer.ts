import { tagged } from '../../runtime/tags';
import type { Varying } from '../../runtime/varying';
import { learns, unlistedIn } from '../nn/unlisted';
import { aNumber, anObject, checkArgument, kind, listOf, mapOf, optional, options } from '../tensor/guard';
import { changing } from '../tensor/storage';
import { Tensor } from '../tensor/tensor';
import { checkStates, type GroupState, type ParamGroup, stateOf } from './groups';
import { checkGradient, checkParameters, type Learnt, OptimizerError } from './guard';

export { type Learnt, OptimizerError };

/** Before the name of a parameter, in a state: steps in which it had no gradient. */
const MISSED = 'missed.';

const aMoment = kind(
  'an object { data }',
  (value) => typeof value === 'object' && value !== null && 'data' in value,
);
const aState = options({
  steps: aNumber,
  groups: optional(listOf('options of groups', anObject)),
  tensors: mapOf(aMoment),
});

/** All that a resumed run needs of an optimiser. */
export interface OptimizerState {
  /** Steps made. */
  readonly steps: number;
  /** Options of every group. */
  readonly groups: readonly GroupState[];
  /**
   * Moments by '<moment>.<parameter>', and for each parameter that was without a gradient in some steps the number of
   * these, as 'missed.<parameter>'.
   */
  readonly tensors: Map<string, Tensor>;
}

/** A state as it was read; without `groups` their options stay as they are. */
export interface SavedOptimizer {
  /** Steps made. */
  readonly steps: number;
  /** Options of every group. */
  readonly groups?: readonly GroupState[];
  /** As in `OptimizerState`. */
  readonly tensors: ReadonlyMap<string, { readonly data: ArrayLike<number> }>;
}

/**
 * Base of the optimisers: updates parameters in place from their `grad`.
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 4, 2);
 * const optimizer: optim.Optimizer = new optim.Adam(net.parameters());
 * const loss = ops.crossEntropy(net.forward(gpu.randn([8, 4])), gpu.zeros([8], { dtype: 'i32' }));
 * backward(loss); // adds into the gradients
 * optimizer.step();
 * optimizer.zeroGrad();
 * optimizer.state().steps; // → 1
 * ```
 */
export abstract class Optimizer<Group extends ParamGroup = ParamGroup> {
  /** Of all groups. */
  protected readonly parameters: ReadonlyMap<string, Tensor>;
  /** Steps made; part of the state. */
  protected steps = 0;
  /** Steps in which parameters had no gradient, of those that missed some. */
  private readonly missed = new Map<string, number>();

  /**
   * @param paramGroups the parameters with their options: one group, unless several were given
   * @throws OptimizerError on a tensor given twice; DTypeError, DeviceError unless these are f32 tensors of one GPU
   */
  constructor(readonly paramGroups: readonly Group[]) {
    this.parameters = new Map(paramGroups.flatMap(({ params }) => [...params]));
    checkParameters(new.target.name, this.parameters);
    learns(this.parameters.values());
  }

  /** Learning rate of the first group. Set, it is that of all groups; schedules set each of them between steps. */
  get lr(): number {
    return this.paramGroups[0].lr;
  }

  set lr(rate: number) {
    for (const group of this.paramGroups) group.lr = rate;
  }

  /**
   * Updates every parameter that has a gradient. A parameter counts the steps in which it had one, as in PyTorch. Inside of
   * `gpu.warmUp` only pipelines are compiled, and nothing is counted.
   * @throws OptimizerError if a tensor learns in the network that its `parameters()` do not list
   */
  step(): void {
    const op = this.constructor.name;
    const without: string[] = [];
    const learnt = this.paramGroups.map((group) => {
      const problem = unlistedIn(group.params);
      if (problem) throw new OptimizerError(`${op}: ${problem}`);
      const found: Learnt[] = [];
      for (const [name, parameter] of group.params) {
        const grad = parameter.grad ?? gradientInRehearsal(parameter);
        if (grad) found.push({ name, parameter, grad });
        else without.push(name);
      }
      return { group, found };
    });
    for (const { found } of learnt) for (const one of found) checkGradient(op, one);
    if (!isRehearsed(this.parameters.values()))
      this.varying(() => {
        this.steps += 1;
        for (const name of without) this.missed.set(name, (this.missed.get(name) ?? 0) + 1);
        return this.steps;
      });
    tagged(`${op} step`, { phase: 'optimiser', op }, () =>
      changing(`${op}.step()`, () => {
        for (const { group, found } of learnt) this.update(found, group);
      }),
    );
  }

  /** Frees all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters.values()) {
      parameter.grad?.dispose();
      parameter.grad = null;
    }
  }

  /** What a resumed run needs. Its tensors are the optimiser's own, not copies: read them before the next step. */
  state(): OptimizerState {
    const missed = [...this.missed].flatMap(([name, steps]) => {
      const parameter = this.parameters.get(name);
      return parameter ? [[`${MISSED}${name}`, parameter.gpu.full([1], steps)] as const] : [];
    });
    return {
      steps: this.steps,
      groups: this.paramGroups.map(stateOf),
      tensors: new Map([...this.ownTensors(), ...missed]),
    };
  }

  /**
   * Goes on from a state: moments, counts of steps, and where it has them the groups' options.
   * @throws OptimizerError if the state is of other parameters or options; nothing is loaded then
   */
  loadState(state: SavedOptimizer): void {
    checkArgument('loadState', 'state', state, aState);
    const { steps, groups = [], tensors } = state;
    if (!Number.isInteger(steps) || steps < 0) {
      throw new OptimizerError(`loadState: steps is ${steps}, expected a whole number of at least 0`);
    }
    if (state.groups) checkStates(this.paramGroups, groups);
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
    for (const [number, options] of groups.entries()) Object.assign(this.paramGroups[number], options);
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

  /** A number for a dispatch that follows from options or the count of steps. Each replay of a captured step reads it anew. */
  protected varying(read: () => number): Varying {
    for (const { gpu } of this.parameters.values()) return gpu.varying(read);
    return read();
  }

  /** Updates parameters of one group. */
  protected abstract update(learnt: readonly Learnt[], group: Group): void;

  protected abstract moments(): Record<string, ReadonlyMap<string, Tensor>>;
}

/** Whether nothing is computed, but pipelines are compiled. */
const isRehearsed = ([first]: Iterable<Tensor>): boolean => first?.gpu.runtime.isWarming ?? false;

/** What stands for a gradient there, since a rehearsed backward pass leaves none. */
const gradientInRehearsal = ({ gpu, shape, requiresGrad }: Tensor): Tensor | undefined =>
  gpu.runtime.isWarming && requiresGrad ? gpu.make(shape, 'f32') : undefined;

export function momentOf(moments: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const moment = moments.get(name);
  if (!moment) throw new TypeError(`no moment of parameter ${name}`);
  return moment;
}

/** A zero tensor for every parameter of the groups. */
export function zerosLike(groups: readonly ParamGroup[]): Map<string, Tensor> {
  const parameters = groups.flatMap(({ params }) => [...params]);
  return new Map(parameters.map(([name, { gpu, shape }]) => [name, gpu.zeros(shape)]));
}
