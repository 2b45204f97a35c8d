import source from '../../shaders/sgd.wgsl';
import { checkArgument, optionsWith } from '../tensor/guard';
import type { Tensor } from '../tensor/tensor';
import { multiTensorKernel } from './launch';
import { checkNonNegative, type Learnt, momentOf, Optimizer, OptimizerError, zerosLike } from './optimizer';

export interface SgdOptions {
  readonly lr: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Needs momentum; default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient; default 0. */
  readonly weightDecay?: number;
}

const updateAll = multiTensorKernel('sgd', source, ['p', 'b']);

/** Stochastic gradient descent with momentum, as torch.optim.SGD without dampening. */
export class SGD extends Optimizer {
  private readonly velocity: ReadonlyMap<string, Tensor>;
  private readonly options: Required<Omit<SgdOptions, 'lr'>>;

  /** @throws OptimizerError on a negative option, or Nesterov without momentum */
  constructor(parameters: ReadonlyMap<string, Tensor>, options: SgdOptions) {
    checkArgument('SGD', 'options', options, optionsWith('{ lr: 0.01 }'));
    const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
    checkNonNegative('SGD', { lr, momentum, weightDecay });
    if (nesterov && momentum === 0) throw new OptimizerError('SGD: nesterov needs a momentum above 0');
    super(parameters, lr);
    this.options = { momentum, nesterov, weightDecay };
    this.velocity = zerosLike(parameters);
  }

  protected moments() {
    return { velocity: this.velocity };
  }

  protected update(learnt: readonly Learnt[]): void {
    const { momentum, nesterov, weightDecay } = this.options;
    const lr = this.varying(() => this.lr);
    updateAll(
      learnt.map(({ name, parameter, grad }) => ({
        name,
        state: [parameter, momentOf(this.velocity, name)],
        grad,
      })),
      { rate: lr, momentum, l2: weightDecay },
      { NESTEROV: Number(nesterov) },
    );
  }
}
