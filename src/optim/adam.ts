import source from '../../shaders/adam.wgsl';
import { checkArgument, kind, optional, optionsWith } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { multiTensorKernel } from './launch';
import { checkNonNegative, type Learnt, momentOf, Optimizer, OptimizerError, zerosLike } from './optimizer';

export interface AdamOptions {
  /** Default 1e-3. */
  readonly lr?: number;
  /** Decay rates of the moments; default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Default 1e-8. */
  readonly eps?: number;
  /** Default 0 for Adam (added to the gradient), 0.01 for AdamW (decoupled). */
  readonly weightDecay?: number;
}

const twoNumbers = kind('two numbers', (value) => Array.isArray(value) && value.length === 2);
const updateAll = multiTensorKernel('adam', source, ['p', 'm', 'v']);

/** Adam (Kingma & Ba 2015), as torch.optim.Adam. */
export class Adam extends Optimizer {
  protected readonly m: ReadonlyMap<string, Tensor>;
  protected readonly v: ReadonlyMap<string, Tensor>;
  protected readonly betas: readonly [number, number];
  protected readonly eps: number;
  protected readonly weightDecay: number;

  /** @throws OptimizerError on a negative option, or a beta of 1 or more */
  constructor(parameters: ReadonlyMap<string, Tensor>, options: AdamOptions = {}) {
    checkArgument(new.target.name, 'options', options, optionsWith('{ lr: 0.001 }'));
    checkArgument(new.target.name, 'betas', options.betas, optional(twoNumbers));
    const { lr = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    const [beta1, beta2] = betas;
    checkNonNegative(new.target.name, { lr, beta1, beta2, eps, weightDecay });
    if (beta1 >= 1 || beta2 >= 1)
      throw new OptimizerError(`${new.target.name}: betas are ${beta1} and ${beta2}, expected less than 1`);
    super(parameters, lr);
    this.betas = betas;
    this.eps = eps;
    this.weightDecay = weightDecay;
    this.m = zerosLike(parameters);
    this.v = zerosLike(parameters);
  }

  protected moments() {
    return { m: this.m, v: this.v };
  }

  /** Factor on the parameter before the step, and what is added of it to the gradient. */
  protected decay(): { decay: number; l2: number } {
    return { decay: 1, l2: this.weightDecay };
  }

  protected update(learnt: readonly Learnt[]): void {
    const [beta1, beta2] = this.betas;
    const { l2 } = this.decay();
    const decay = this.varying(() => this.decay().decay);
    for (const alike of this.byCount(learnt)) {
      const [{ name: first }] = alike;
      updateAll(
        alike.map(({ name, parameter, grad }) => ({
          name,
          state: [parameter, momentOf(this.m, name), momentOf(this.v, name)],
          grad,
        })),
        {
          beta1,
          new1: 1 - beta1,
          beta2,
          new2: 1 - beta2,
          epsilon: this.eps,
          rate: this.varying(() => this.lr / (1 - beta1 ** this.countOf(first))),
          root_correction: this.varying(() => 1 / Math.sqrt(1 - beta2 ** this.countOf(first))),
          decay,
          l2,
        },
      );
    }
  }
}

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019), as torch.optim.AdamW. */
export class AdamW extends Adam {
  constructor(parameters: ReadonlyMap<string, Tensor>, options: AdamOptions = {}) {
    checkArgument('AdamW', 'options', options, optionsWith('{ lr: 0.001 }'));
    const { weightDecay = 0.01 } = options;
    super(parameters, { ...options, weightDecay });
  }

  protected override decay(): { decay: number; l2: number } {
    return { decay: 1 - this.lr * this.weightDecay, l2: 0 };
  }
}
