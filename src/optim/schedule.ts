import { aCount, checkArgument, kind, options, optionsWith, shown } from '../tensor/guard';
import { Optimizer, OptimizerError } from './optimizer';

export const anOptimizer = kind(
  'an optimiser, such as new optim.Adam(…)',
  (value) => value instanceof Optimizer,
);

function checkPositive(schedule: string, name: string, value: number): void {
  if (!(value > 0))
    throw new OptimizerError(`${schedule}: ${name} is ${shown(value)}, expected a number above 0`);
}

/** Where a schedule stands; plain JSON. */
export interface ScheduleState {
  /** The last epoch that it moved to, or whatever `step` counts. */
  readonly epoch: number;
}

/** Sets the learning rate of an optimiser's groups; call `step` once an epoch. */
export abstract class Schedule {
  private epoch = 0;

  constructor(
    /** Whose rates it sets. */
    readonly optimizer: Optimizer,
  ) {
    checkArgument(new.target.name, 'optimizer', optimizer, anOptimizer);
  }

  /** Moves to the next epoch, or to a given one when a run is resumed. */
  step(epoch = this.epoch + 1): void {
    this.moveTo(epoch);
    this.epoch = epoch;
  }

  /** Where it stands, for `loadState`. */
  state(): ScheduleState {
    return { epoch: this.epoch };
  }

  /** Moves to the epoch of a state. */
  loadState(state: ScheduleState): void {
    checkArgument('loadState', 'state', state, options({ epoch: aCount }));
    this.step(state.epoch);
  }

  /** Sets what groups have in an epoch. */
  protected abstract moveTo(epoch: number): void;
}

/** A schedule whose rates follow from the epoch and from those that the groups had when the first schedule was made. */
export abstract class RateSchedule extends Schedule {
  private readonly bases: readonly number[];

  constructor(optimizer: Optimizer) {
    super(optimizer);
    this.bases = optimizer.paramGroups.map((group) => {
      group.initialLr ??= group.lr;
      return group.initialLr;
    });
  }

  protected moveTo(epoch: number): void {
    for (const [i, group] of this.optimizer.paramGroups.entries()) group.lr = this.rate(this.bases[i], epoch);
  }

  protected abstract rate(base: number, epoch: number): number;
}

/**
 * Cosine annealing without restarts (Loshchilov & Hutter 2017), as torch's CosineAnnealingLR.
 *
 * @example
 * ```ts
 * const sgd = new optim.SGD(new Map(), { lr: 0.1 });
 * new optim.CosineAnnealingLR(sgd, { tMax: 10 }).step(5);
 * sgd.lr; // → 0.05
 * ```
 * @example
 * ```ts
 * const sgd = new optim.SGD(new nn.Linear(gpu, 4, 2).parameters(), { lr: 0.1 });
 * const schedule = new optim.CosineAnnealingLR(sgd, { tMax: 10 });
 * schedule.step(5);
 * sgd.lr; // → 0.05
 * ```
 */
export class CosineAnnealingLR extends RateSchedule {
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

/**
 * Multiplies the rate by gamma every `stepSize` epochs, as torch's StepLR.
 *
 * @example
 * ```ts
 * const sgd = new optim.SGD(new Map(), { lr: 0.1 });
 * new optim.StepLR(sgd, { stepSize: 2, gamma: 0.5 }).step(4);
 * sgd.lr; // → 0.025
 * ```
 * @example
 * ```ts
 * const sgd = new optim.SGD(new nn.Linear(gpu, 4, 2).parameters(), { lr: 0.1 });
 * const schedule = new optim.StepLR(sgd, { stepSize: 30 });
 * schedule.step(60);
 * sgd.lr; // → 0.001
 * ```
 */
export class StepLR extends RateSchedule {
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

/** Options of `LinearLR`. */
export interface LinearLROptions {
  /** Factor on the rate at first; default 1/3. */
  readonly startFactor?: number;
  /** Factor on the rate in the end; default 1. */
  readonly endFactor?: number;
  /** Steps until then; default 5. */
  readonly totalIters?: number;
}

/**
 * Warm-up: the rate goes in a line from `startFactor` to `endFactor` of itself, and stays there, as torch's LinearLR. To warm
 * up over training steps, call `step` after each, of `training.fit` in `onStep`; `SequentialLR` has another schedule follow.
 *
 * @example
 * ```ts
 * const sgd = new optim.SGD(new Map(), { lr: 0.1 });
 * const warmUp = new optim.LinearLR(sgd, { startFactor: 0.5, totalIters: 5 });
 * sgd.lr; // → 0.05
 * for (let step = 0; step < 5; step++) warmUp.step();
 * sgd.lr; // → 0.10
 * ```
 */
export class LinearLR extends RateSchedule {
  private readonly options: Required<LinearLROptions>;

  /** @throws OptimizerError on a factor that is not from 0 to 1, or unless totalIters is above 0 */
  constructor(optimizer: Optimizer, options: LinearLROptions = {}) {
    super(optimizer);
    checkArgument('LinearLR', 'options', options, optionsWith('{ startFactor: 0.1, totalIters: 500 }'));
    const { startFactor = 1 / 3, endFactor = 1, totalIters = 5 } = options;
    checkPositive('LinearLR', 'totalIters', totalIters);
    for (const [name, factor] of Object.entries({ startFactor, endFactor })) {
      if (!(factor >= 0 && factor <= 1))
        throw new OptimizerError(`LinearLR: ${name} is ${shown(factor)}, expected a number from 0 to 1`);
    }
    this.options = { startFactor, endFactor, totalIters };
    this.step(0);
  }

  protected rate(base: number, epoch: number): number {
    const { startFactor, endFactor, totalIters } = this.options;
    return base * (startFactor + ((endFactor - startFactor) * Math.min(totalIters, epoch)) / totalIters);
  }
}
