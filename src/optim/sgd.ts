import { f32, type Kernel } from '../../runtime/kernel';
import source from '../../shaders/sgd.wgsl';
import type { Tensor } from '../tensor/tensor';
import { checkNonNegative, Optimizer, OptimizerError, zerosLike } from './optimizer';

export interface SgdOptions {
  readonly lr: number;
  /** Default 0. */
  readonly momentum?: number;
  /** Needs momentum; default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient; default 0. */
  readonly weightDecay?: number;
}

const kernel: Kernel = { name: 'sgd', source };

/** Stochastic gradient descent with momentum, as torch.optim.SGD without dampening. */
export class SGD extends Optimizer {
  private readonly velocity: ReadonlyMap<string, Tensor>;
  private readonly options: Required<Omit<SgdOptions, 'lr'>>;

  /** @throws OptimizerError on a negative option, or Nesterov without momentum */
  constructor(parameters: ReadonlyMap<string, Tensor>, options: SgdOptions) {
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

  protected update(name: string, parameter: Tensor, grad: Tensor): void {
    const velocity = this.velocity.get(name);
    if (!velocity) return;
    const { momentum, nesterov, weightDecay } = this.options;
    const lr = this.varying(() => this.lr);
    parameter.gpu.kernels.run(kernel, {
      outputs: [parameter, velocity],
      inputs: [grad],
      uniforms: [parameter.size, f32(lr), f32(momentum), f32(weightDecay)],
      groups: Math.ceil(parameter.size / 256),
      constants: { NESTEROV: Number(nesterov) },
    });
  }
}
