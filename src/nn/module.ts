import { TaskgradError } from '../../runtime/errors';
import { isProfiling, tagged } from '../../runtime/tags';
import { recomputed } from '../autograd/recompute';
import { checkArgument, kind, mapOf } from '../tensor/guard';
import { formatShape, sameShape } from '../tensor/shape';
import { changing } from '../tensor/storage';
import { Tensor } from '../tensor/tensor';
import { contentsOf } from './contents';
import { lookingForUnlisted, ownedBy } from './unlisted';

/** A state dict that does not fit the module it is loaded into. */
export class StateDictError extends TaskgradError {
  constructor(message: string) {
    super('STATE_DICT', message);
  }
}

/** Paths of the modules of the network whose forward runs, while a profile is taken. */
let paths: ReadonlyMap<Module, string> | undefined;

/** Data of a state dict entry: a tensor, or what a file holds of one. */
export type StateEntry = Tensor | { readonly shape: readonly number[]; readonly data: ArrayLike<number> };

/** A counter of PyTorch’s batch norm, which only one without momentum reads. */
const UNUSED = /(^|\.)num_batches_tracked$/;
const anEntry = kind(
  'a tensor, or { shape, data }',
  (value) =>
    value instanceof Tensor ||
    (typeof value === 'object' && value !== null && 'shape' in value && 'data' in value),
);

/** What keeps whole numbers of an array of such from being loaded as f32; empty if nothing does. */
function inexact(name: string, data: ArrayLike<number>): string[] {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array)
    return [`${name} holds bigints, expected numbers: Int32Array.from(data, Number)`];
  if (!(data instanceof Int32Array || data instanceof Uint32Array)) return [];
  const changed = data.find((value) => Math.fround(value) !== value);
  return changed === undefined ? [] : [`${name} holds ${changed}, which is not exact in f32`];
}

/** What keeps an entry from being loaded into a tensor; empty if nothing does. */
function misfit(name: string, { shape, size, gpu }: Tensor, entry: StateEntry | undefined): string[] {
  if (!entry) return [];
  if (!sameShape(shape, entry.shape)) {
    return [`${name} is ${formatShape(entry.shape)}, expected ${formatShape(shape)}`];
  }
  if (!(entry instanceof Tensor)) {
    const { data } = entry;
    if (data.length !== size) return [`${name} holds ${data.length} values, expected ${size}`];
    return inexact(name, data);
  }
  if (entry.disposed) return [`${name} was freed`];
  if (entry.gpu !== gpu) return [`${name} is on another GPU`];
  return entry.dtype === 'f32' ? [] : [`${name} is of ${entry.dtype}, expected f32`];
}

type Forward = (...args: unknown[]) => Tensor;

/** Forward functions that a module has put itself around. */
const wrapped = new WeakSet<Forward>();
/** Modules that compute once more in the backward pass what lies inside them. */
const checkpoints = new WeakSet<Module>();
/** Modules that are in the middle of a walk over what they hold: one that holds itself is met again there. */
const walking = new Set<Module>();

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;
const isModule = (value: unknown): value is Module => value instanceof Module;

/**
 * Base of all layers and networks. Tensors and modules stored in a subclass's fields register by themselves, under the
 * field's name: tensors with `requiresGrad` as parameters, others as buffers, as in PyTorch. Arrays, maps and plain
 * objects of them do too: a field `layers` with two linear layers gives 'layers.0.weight'. Private fields (`#layer`)
 * cannot be seen. What learns there is found in the first forward pass, and optimisers and Fishers refuse it.
 * @example
 * ```ts
 * class Residual extends nn.Module {
 *   readonly layers: readonly nn.Linear[];
 *
 *   constructor(gpu: Gpu, width: number) {
 *     super();
 *     this.layers = [new nn.Linear(gpu, width, width), new nn.Linear(gpu, width, width)];
 *   }
 *
 *   forward(x: Tensor): Tensor {
 *     const [first, second] = this.layers;
 *     return ops.add(x, second.forward(ops.relu(first.forward(x))));
 *   }
 * }
 * const block = new Residual(gpu, 8);
 * block.parameterCount(); // → 144
 * [...block.parameters().keys()].slice(0, 2); // → ['layers.0.weight', 'layers.0.bias']
 * ```
 */
export abstract class Module {
  /** Whether batch norm and dropout behave as in training; see `train` and `eval`. */
  training = true;

  constructor() {
    this.wrapForward();
  }

  /**
   * Computes the module's output; shapes are the subclass's. It may take several tensors, as in `forward(query: Tensor,
   * key: Tensor)`, and options. What knows it only as a module (`Sequential`, `training.fit`, `fisher.diagonal`) gives it
   * one tensor.
   */
  abstract forward(x: Tensor, ...more: never[]): Tensor;

  /** Modules inside this one, by the name their parameters carry. */
  protected children(): [string, Module][] {
    return [...contentsOf(this, isModule)].map(([name, module]) => [name, module]);
  }

  /** This module and all modules inside it. */
  *modules(): Generator<Module> {
    for (const [module] of this.paths('')) yield module;
  }

  /** Trainable tensors by PyTorch's dotted names, as in '0.weight'. A tensor in two places counts once, by its first name. */
  parameters(): Map<string, Tensor> {
    const seen = new Set<Tensor>();
    const isNew = (tensor: Tensor) => !seen.has(tensor) && seen.add(tensor);
    const own = [...this.tensors()].filter(([, tensor]) => tensor.requiresGrad && isNew(tensor));
    return ownedBy(this, new Map(own));
  }

  /** Parameters and buffers (running statistics) by dotted name. The tensors are the module's own, not copies. */
  stateDict(): Map<string, Tensor> {
    return new Map(this.tensors());
  }

  /**
   * Overwrites every parameter and buffer. PyTorch's `num_batches_tracked`, which only `momentum: null` reads, may be
   * among the entries.
   * @param state tensors, or what `data.decodeSafetensors` and `training.loadTensors` read
   * @throws StateDictError on a missing, extra or misshaped entry, or a whole number that f32 does not hold; what reading an
   *   entry's `data` throws, as StoredValueError. Nothing is loaded then
   */
  loadStateDict(state: ReadonlyMap<string, StateEntry>): void {
    checkArgument('loadStateDict', 'state', state, mapOf(anEntry));
    const own = this.stateDict();
    const problems = [
      ...[...own.keys()].filter((name) => !state.has(name)).map((name) => `${name} is missing`),
      ...[...state.keys()]
        .filter((name) => !own.has(name) && !UNUSED.test(name))
        .map((name) => `${name} is not in this network`),
      ...[...own].flatMap(([name, tensor]) => misfit(name, tensor, state.get(name))),
    ];
    if (problems.length > 0) {
      throw new StateDictError(`loadStateDict: the state is of another architecture: ${problems.join('; ')}`);
    }
    changing('loadStateDict()', () => {
      for (const [name, tensor] of own) {
        const entry = state.get(name);
        if (!(entry instanceof Tensor)) tensor.write(Float32Array.from(entry?.data ?? []));
        else if (entry.storage !== tensor.storage)
          tensor.gpu.kernels.elementwise('x', { x: entry }, { into: tensor });
      }
    });
  }

  /** Switches batch norm and dropout to training behaviour. */
  train(mode = true): this {
    this.training = mode;
    this.onceIn(() => {
      for (const [, child] of this.children()) child.train(mode);
    });
    return this;
  }

  /** Switches batch norm and dropout to evaluation behaviour. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Tells layers that draw random numbers which training step begins. The same step has the same draws, also in a run
   * that was resumed. `fit` calls it before every step.
   * @param random counts those layers, so that each draws its own numbers
   */
  seek(step: number, random = { layers: 0 }): void {
    this.onceIn(() => {
      for (const [, child] of this.children()) child.seek(step, random);
    });
  }

  /** Number of trainable values. */
  parameterCount(): number {
    return [...this.parameters().values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Frees the parameters, their gradients and the buffers. */
  dispose(): void {
    for (const [, tensor] of this.tensors()) {
      tensor.grad?.dispose();
      tensor.grad = null;
      tensor.dispose();
    }
  }

  /**
   * Puts what every module does around the forward function of this one. An arrow function in a field is there only once
   * the constructor has run, so that walks over the network wrap it.
   */
  private wrapForward(): void {
    const forward = this.forward as Forward | undefined;
    if (typeof forward !== 'function' || wrapped.has(forward)) return;
    const run = (args: unknown[]) =>
      checkpoints.has(this) ? this.recomputedForward(forward, args) : forward.apply(this, args);
    const whole: Forward = (...args) =>
      lookingForUnlisted(this, args, () =>
        isProfiling() ? this.profiledForward(() => run(args)) : run(args),
      );
    wrapped.add(whole);
    this.forward = whole;
  }

  /** Tags what the forward pass dispatches with the module's path in the outermost module; that one has its class's name. */
  private profiledForward(forward: () => Tensor): Tensor {
    const outer = paths;
    paths ??= new Map(this.paths(''));
    const layer = paths.get(this) || this.constructor.name;
    try {
      return tagged(layer, { layer }, forward);
    } finally {
      paths = outer;
    }
  }

  private recomputedForward(forward: Forward, args: unknown[]): Tensor {
    const state = [...this.stateDict().values()];
    const { gpu } = [...args, ...state].find(isTensor) ?? {};
    const once = () => forward.apply(this, args);
    const buffers = state.filter(({ requiresGrad }) => !requiresGrad);
    return gpu ? recomputed('checkpoint', gpu, once, buffers) : once();
  }

  /** Runs `walk` unless it is under way in this module already. */
  private onceIn(walk: () => void): void {
    if (walking.has(this)) return;
    walking.add(this);
    try {
      walk();
    } finally {
      walking.delete(this);
    }
  }

  private *paths(own: string, above: readonly Module[] = []): Generator<[Module, string]> {
    this.wrapForward();
    yield [this, own];
    const path = [...above, this];
    for (const [name, child] of this.children())
      if (!path.includes(child)) yield* child.paths(own ? `${own}.${name}` : name, path);
  }

  private *tensors(): Generator<[string, Tensor]> {
    for (const [module, path] of this.paths(''))
      for (const [name, tensor] of contentsOf(module, isTensor))
        yield [path ? `${path}.${name}` : name, tensor];
  }
}

/**
 * Has a module save nothing for the backward pass but what it is given: what lies inside it is computed once more there,
 * as by PyTorch's `torch.utils.checkpoint`. A training step takes up to a forward pass longer, and less memory. Gradients
 * are the same bits: random draws are those of the forward pass, and running statistics move once. `forward` has to do the
 * same each time, and to keep no tensor that it makes. Fishers and networks without gradients see nothing of it.
 * @param module part of a network, such as a stage; of a whole network little memory is saved
 * @returns the same module, with its parameters under the same names
 * @throws ArgumentError
 * @example
 * ```ts
 * const net = models.resnet18(gpu, { classes: 10, width: 0.125 });
 * for (const stage of [net.layer1, net.layer2, net.layer3, net.layer4]) nn.checkpoint(stage);
 * backward(ops.sum(net.forward(gpu.ones([2, 3, 32, 32]))));
 * ```
 */
export function checkpoint<M extends Module>(module: M): M {
  checkArgument('checkpoint', 'module', module, aModule);
  checkpoints.add(module);
  return module;
}

export const aModule = kind('a module, such as new nn.Linear(…)', (value) => value instanceof Module);
