import { checkArgument, kind, optionsWith, shown } from '../tensor/guard';
import { Optimizer, OptimizerError } from './optimizer';

const anOptimizer = kind('an optimiser, such as new optim.Adam(…)', (value) => value instanceof Optimizer);

function checkPositive(schedule: string, name: string, value: number): void {
  if (!(value > 0))
    throw new OptimizerError(`${schedule}: ${name} is ${shown(value)}, expected a number above 0`);
}

/** Sets an optimiser's learning rate; call `step` once an epoch. */
export abstract class Schedule {
  private epoch = 0;
  private readonly base: number;

  constructor(private readonly optimizer: Optimizer) {
    checkArgument(new.target.name, 'optimizer', optimizer, anOptimizer);
    this.base = optimizer.lr;
  }

  /** Moves to the next epoch, or to a given one when a run is resumed. */
  step(epoch = this.epoch + 1): void {
    this.epoch = epoch;
    this.optimizer.lr = this.rate(this.base, epoch);
  }

  protected abstract rate(base: number, epoch: number): number;
}

/** Cosine annealing without restarts (Loshchilov & Hutter 2017), as torch's CosineAnnealingLR. */
export class CosineAnnealingLR extends Schedule {
  /** @throws OptimizerError unless tMax, in epochs, is above 0 */
  constructor(
    optimizer: Optimizer,
    private readonly options: { readonly tMax: number; readonly etaMin?: number },
  ) {
    super(optimizer);
    checkArgument('CosineAnnealingLR', 'options', options, optionsWith('{ tMax: 10 }'));
    checkPositive('CosineAnnealingLR', 'tMax', options.tMax);
  }

  protected rate(base: number, epoch: number): number {
    const { tMax, etaMin = 0 } = this.options;
    return etaMin + ((base - etaMin) * (1 + Math.cos((Math.PI * epoch) / tMax))) / 2;
  }
}

/** Multiplies the rate by gamma every `stepSize` epochs, as torch's StepLR. */
export class StepLR extends Schedule {
  /** @throws OptimizerError unless stepSize, in epochs, is above 0 */
  constructor(
    optimizer: Optimizer,
    private readonly options: { readonly stepSize: number; readonly gamma?: number },
  ) {
    super(optimizer);
    checkArgument('StepLR', 'options', options, optionsWith('{ stepSize: 10 }'));
    checkPositive('StepLR', 'stepSize', options.stepSize);
  }

  protected rate(base: number, epoch: number): number {
    const { stepSize, gamma = 0.1 } = this.options;
    return base * gamma ** Math.floor(epoch / stepSize);
  }
}
