import source from '../../shaders/adam.wgsl';
import { aFlag, checkArgument, kind, optionsWith } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { groupsOf, type ParamGroup, type Params } from './groups';
import { checkNonNegative, type Learnt, OptimizerError } from './guard';
import { multiTensorKernel } from './launch';
import { momentOf, Optimizer, zerosLike } from './optimizer';

/** Options of `Adam` and `AdamW`, of all parameters or of a group. */
export interface AdamOptions {
  /** Learning rate; default 1e-3. */
  readonly lr?: number;
  /** Decay rates of the moments; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment; default 1e-8. */
  readonly eps?: number;
  /** Default 0 for Adam (added to the gradient), 0.01 for AdamW (decoupled). */
  readonly weightDecay?: number;
  /** Divides by the largest second moment so far (Reddi, Kale & Kumar 2018); default false. */
  readonly amsgrad?: boolean;
}

/** Parameters of `Adam` and `AdamW`, and their options. */
export interface AdamGroup extends ParamGroup {
  /** Decay rates of the moments. */
  betas: readonly [number, number];
  /** Added to the root of the second moment. */
  eps: number;
  /** Whether the largest second moment so far divides. */
  readonly amsgrad: boolean;
}

const twoNumbers = kind('two numbers', (value) => Array.isArray(value) && value.length === 2);
const updateAll = multiTensorKernel('adam', source, ['p', 'm', 'v'], ['x']);

function complete(name: string, options: AdamOptions): Omit<AdamGroup, 'params'> {
  const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0, amsgrad = false } = options;
  checkArgument(name, 'betas', betas, twoNumbers);
  checkArgument(name, 'amsgrad', amsgrad, aFlag);
  const [beta1, beta2] = betas;
  checkNonNegative(name, { lr, beta1, beta2, eps, weightDecay });
  if (beta1 >= 1 || beta2 >= 1)
    throw new OptimizerError(`${name}: betas are ${beta1} and ${beta2}, expected less than 1`);
  return { lr, betas, eps, weightDecay, amsgrad };
}

/**
 * Adam (Kingma & Ba 2015), as torch.optim.Adam.
 *
 * @example
 * ```ts
 * const w = gpu.tensor([3, -4], { requiresGrad: true });
 * const adam = new optim.Adam(new Map([['w', w]]), { lr: 0.1, amsgrad: true });
 * backward(ops.sum(ops.mul(w, w)));
 * adam.step();
 * adam.zeroGrad();
 * w; // → [2.9, -3.9]
 * ```
 * @example
 * ```ts
 * const w = gpu.tensor([1, -1], { requiresGrad: true });
 * const adam = new optim.Adam(new Map([['w', w]]), { lr: 0.1 });
 * backward(ops.sum(ops.mul(w, w))); // its gradient is 2 w
 * adam.step(); // moves each by the rate, against its gradient's sign
 * adam.zeroGrad();
 * w; // → [0.900, -0.900]
 * ```
 */
export class Adam extends Optimizer<AdamGroup> {
  protected readonly m: ReadonlyMap<string, Tensor>;
  protected readonly v: ReadonlyMap<string, Tensor>;
  /** The largest `v` so far, of groups with `amsgrad`. */
  protected readonly max: ReadonlyMap<string, Tensor>;

  /**
   * @param params f32 tensors by their names, or groups of them with options of their own
   * @throws OptimizerError on a negative option, or a beta of 1 or more
   */
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    checkArgument(new.target.name, 'options', options, optionsWith('{ lr: 0.001 }'));
    super(groupsOf(new.target.name, params, options, complete));
    this.m = zerosLike(this.paramGroups);
    this.v = zerosLike(this.paramGroups);
    this.max = zerosLike(this.paramGroups.filter(({ amsgrad }) => amsgrad));
  }

  protected moments() {
    return { m: this.m, v: this.v, max: this.max };
  }

  /** Factor on the parameter before the step, and what is added of it to the gradient. */
  protected decay({ weightDecay }: AdamGroup): { decay: number; l2: number } {
    return { decay: 1, l2: weightDecay };
  }

  protected update(learnt: readonly Learnt[], group: AdamGroup): void {
    for (const alike of this.byCount(learnt)) {
      const [{ name: first }] = alike;
      const unbias = (beta: number) => 1 - beta ** this.countOf(first);
      updateAll(
        alike.map(({ name, parameter, grad }) => ({
          name,
          state: [parameter, momentOf(this.m, name), momentOf(this.v, name), this.max.get(name)],
          grad,
        })),
        {
          beta1: this.varying(() => group.betas[0]),
          new1: this.varying(() => 1 - group.betas[0]),
          beta2: this.varying(() => group.betas[1]),
          new2: this.varying(() => 1 - group.betas[1]),
          epsilon: this.varying(() => group.eps),
          rate: this.varying(() => group.lr / unbias(group.betas[0])),
          root_correction: this.varying(() => 1 / Math.sqrt(unbias(group.betas[1]))),
          decay: this.varying(() => this.decay(group).decay),
          l2: this.varying(() => this.decay(group).l2),
        },
        { AMSGRAD: Number(group.amsgrad) },
      );
    }
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019), as torch.optim.AdamW.
 *
 * @example
 * ```ts
 * const w = gpu.tensor([3, -4], { requiresGrad: true });
 * const adam = new optim.AdamW(new Map([['w', w]]), { lr: 0.1, weightDecay: 0.5 });
 * backward(ops.sum(ops.mul(w, w)));
 * adam.step();
 * w; // → [2.75, -3.70]
 * ```
 * @example
 * ```ts
 * const net = new nn.Linear(gpu, 4, 2);
 * const adam = new optim.AdamW(net.parameters(), { lr: 1e-3, weightDecay: 0.05 });
 * ```
 */
export class AdamW extends Adam {
  /**
   * @param params f32 tensors by their names, or groups of them with options of their own
   * @throws OptimizerError on a negative option, or a beta of 1 or more
   */
  constructor(params: Params<AdamOptions>, options: AdamOptions = {}) {
    checkArgument('AdamW', 'options', options, optionsWith('{ lr: 0.001 }'));
    const { weightDecay = 0.01 } = options;
    super(params, { ...options, weightDecay });
  }

  protected override decay({ lr, weightDecay }: AdamGroup): { decay: number; l2: number } {
    return { decay: 1 - lr * weightDecay, l2: 0 };
  }
}
