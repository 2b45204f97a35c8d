import source from '../../shaders/rmsprop.wgsl';
import { aFlag, checkArgument, optionsWith } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { groupsOf, type ParamGroup, type Params } from './groups';
import { checkNonNegative, type Learnt, OptimizerError } from './guard';
import { multiTensorKernel } from './launch';
import { momentOf, Optimizer, zerosLike } from './optimizer';

/** Options of `RMSprop`, of all parameters or of a group. */
export interface RmspropOptions {
  /** Learning rate; default 1e-2. */
  readonly lr?: number;
  /** Decay rate of the mean square; default 0.99. */
  readonly alpha?: number;
  /** Added to the root of the mean square; default 1e-8. */
  readonly eps?: number;
  /** Added to the gradient; default 0. */
  readonly weightDecay?: number;
  /** What stays of the last step's change; default 0. */
  readonly momentum?: number;
  /** Divides by the gradient's deviation from its mean instead of its size; default false. */
  readonly centered?: boolean;
}

/** Parameters of `RMSprop` and their options. */
export interface RmspropGroup extends ParamGroup {
  /** Decay rate of the mean square. */
  alpha: number;
  /** Added to the root of the mean square. */
  eps: number;
  /** What stays of the last step's change; it may change if it was above 0 at first. */
  momentum: number;
  /** Whether the deviation from the mean divides. */
  readonly centered: boolean;
}

const updateAll = multiTensorKernel('rmsprop', source, ['p', 'v'], ['a', 'b']);

function complete(name: string, options: RmspropOptions): Omit<RmspropGroup, 'params'> {
  const { lr = 1e-2, alpha = 0.99, eps = 1e-8, weightDecay = 0, momentum = 0, centered = false } = options;
  checkNonNegative(name, { lr, alpha, eps, weightDecay, momentum });
  checkArgument(name, 'centered', centered, aFlag);
  return { lr, alpha, eps, weightDecay, momentum, centered };
}

/**
 * RMSprop (Hinton 2012; centred as in Graves 2013), as torch.optim.RMSprop. Centred, the variance is kept instead of the
 * mean square: it cannot fall below 0 by rounding.
 *
 * @example
 * ```ts
 * const w = gpu.tensor([3, -4], { requiresGrad: true });
 * const rmsprop = new optim.RMSprop(new Map([['w', w]]), { lr: 0.1, alpha: 0.75 });
 * backward(ops.sum(ops.mul(w, w)));
 * rmsprop.step();
 * w; // → [2.8, -3.8]
 * ```
 */
export class RMSprop extends Optimizer<RmspropGroup> {
  /** Mean squares of gradients; of groups that are centred, their variances. */
  private readonly v: ReadonlyMap<string, Tensor>;
  private readonly mean: ReadonlyMap<string, Tensor>;
  private readonly velocity: ReadonlyMap<string, Tensor>;

  /**
   * @param params f32 tensors by their names, or groups of them with options of their own
   * @throws OptimizerError on a negative option
   */
  constructor(params: Params<RmspropOptions>, options: RmspropOptions = {}) {
    checkArgument('RMSprop', 'options', options, optionsWith('{ lr: 0.01 }'));
    super(groupsOf('RMSprop', params, options, complete));
    this.v = zerosLike(this.paramGroups);
    this.mean = zerosLike(this.paramGroups.filter(({ centered }) => centered));
    this.velocity = zerosLike(this.paramGroups.filter(({ momentum }) => momentum > 0));
  }

  protected moments() {
    return { v: this.v, mean: this.mean, velocity: this.velocity };
  }

  protected update(learnt: readonly Learnt[], group: RmspropGroup): void {
    const isHeld = learnt.every(({ name }) => this.velocity.has(name));
    updateAll(
      learnt.map(({ name, parameter, grad }) => ({
        name,
        state: [parameter, momentOf(this.v, name), this.mean.get(name), this.velocity.get(name)],
        grad,
      })),
      {
        alpha: this.varying(() => group.alpha),
        new_alpha: this.varying(() => 1 - group.alpha),
        epsilon: this.varying(() => group.eps),
        rate: this.varying(() => group.lr),
        momentum: this.varying(() => momentumOf(group, isHeld)),
        l2: this.varying(() => group.weightDecay),
      },
      { CENTERED: Number(group.centered) },
    );
  }
}

/** @throws OptimizerError if it is above 0 and nothing is held that it could move */
function momentumOf({ momentum }: RmspropGroup, isHeld: boolean): number {
  if (momentum === 0 || isHeld) return momentum;
  throw new OptimizerError(
    `RMSprop: momentum is ${momentum} now, and was 0 when the optimiser was made; make it with a momentum, which may change then`,
  );
}
