import source from '../../shaders/sgd.wgsl';
import { checkArgument, optionsWith } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { groupsOf, type ParamGroup, type Params } from './groups';
import { checkNonNegative, type Learnt, OptimizerError } from './guard';
import { multiTensorKernel } from './launch';
import { momentOf, Optimizer, zerosLike } from './optimizer';

/** Options of `SGD`, of all parameters or of a group. */
export interface SgdOptions {
  /** Learning rate. */
  readonly lr: number;
  /** What stays of the last step's change; default 0. */
  readonly momentum?: number;
  /** Needs momentum; default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient; default 0. */
  readonly weightDecay?: number;
}

/** Parameters of `SGD` and their options. */
export interface SgdGroup extends ParamGroup {
  /** What stays of the last step's change. */
  momentum: number;
  /** Whether the momentum is Nesterov's. */
  readonly nesterov: boolean;
}

const updateAll = multiTensorKernel('sgd', source, ['p', 'b']);

function complete(name: string, options: SgdOptions): Omit<SgdGroup, 'params'> {
  const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkNonNegative(name, { lr, momentum, weightDecay });
  if (nesterov && momentum === 0) throw new OptimizerError(`${name}: nesterov needs a momentum above 0`);
  return { lr, momentum, nesterov, weightDecay };
}

/**
 * Stochastic gradient descent with momentum, as torch.optim.SGD without dampening.
 *
 * @example
 * ```ts
 * const [w, b] = [gpu.tensor([3, -4], { requiresGrad: true }), gpu.tensor([2], { requiresGrad: true })];
 * const groups = [{ params: new Map([['w', w]]) }, { params: new Map([['b', b]]), lr: 0.5 }];
 * const sgd = new optim.SGD(groups, { lr: 0.1 });
 * backward(ops.sum(ops.mul(w, ops.mul(w, b))));
 * sgd.step();
 * w; // → [1.8, -2.4]
 * b; // → [-10.5]
 * ```
 * @example
 * ```ts
 * const w = gpu.tensor([1, -1], { requiresGrad: true });
 * const sgd = new optim.SGD(new Map([['w', w]]), { lr: 0.1, momentum: 0.9 });
 * backward(ops.sum(ops.mul(w, w))); // its gradient is 2 w
 * sgd.step(); // w − 0.1 · 2 w
 * w; // → [0.8, -0.8]
 * ```
 */
export class SGD extends Optimizer<SgdGroup> {
  private readonly velocity: ReadonlyMap<string, Tensor>;

  /**
   * @param params f32 tensors by their names, or groups of them with options of their own
   * @throws OptimizerError on a negative option, or Nesterov without momentum
   */
  constructor(params: Params<SgdOptions>, options: SgdOptions) {
    checkArgument('SGD', 'options', options, optionsWith('{ lr: 0.01 }'));
    super(groupsOf('SGD', params, options, complete));
    this.velocity = zerosLike(this.paramGroups);
  }

  protected moments() {
    return { velocity: this.velocity };
  }

  protected update(learnt: readonly Learnt[], group: SgdGroup): void {
    updateAll(
      learnt.map(({ name, parameter, grad }) => ({
        name,
        state: [parameter, momentOf(this.velocity, name)],
        grad,
      })),
      {
        rate: this.varying(() => group.lr),
        momentum: this.varying(() => group.momentum),
        l2: this.varying(() => group.weightDecay),
      },
      { NESTEROV: Number(group.nesterov) },
    );
  }
}
