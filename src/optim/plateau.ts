import {
  aCount,
  aNumber,
  checkAll,
  checkArgument,
  numbers,
  oneOf,
  optional,
  options,
  shown,
} from '../tensor/guard';
import { checkNonNegative, ofEach } from './guard';
import { type Optimizer, OptimizerError } from './optimizer';
import { anOptimizer } from './schedule';

/** Options of `ReduceLROnPlateau`. */
export interface PlateauOptions {
  /** Whether the metric shall fall, as a loss, or rise, as an accuracy; default 'min'. */
  readonly mode?: 'min' | 'max';
  /** Factor on the rate where the metric has stopped; less than 1, default 0.1. */
  readonly factor?: number;
  /** Epochs without a better metric that change nothing yet; default 10. */
  readonly patience?: number;
  /** By how much a metric has to be better; default 1e-4. */
  readonly threshold?: number;
  /** Whether the threshold is a share of the best metric or a difference from it; default 'rel'. */
  readonly thresholdMode?: 'rel' | 'abs';
  /** Epochs after a reduction that count nothing; default 0. */
  readonly cooldown?: number;
  /** Rates do not fall below, of all groups or of each; default 0. */
  readonly minLr?: number | readonly number[];
  /** A smaller change of a rate is not made; default 1e-8. */
  readonly eps?: number;
}

/** Where a `ReduceLROnPlateau` stands; plain JSON. */
export interface PlateauState {
  /** The best metric so far; null before the first. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly badEpochs: number;
  /** Epochs left that count nothing. */
  readonly cooldown: number;
  /** Rates of the groups. */
  readonly rates: readonly number[];
}

const plateauOptions = options({
  mode: optional(oneOf('min', 'max')),
  patience: optional(aCount),
  threshold: optional(aNumber),
  thresholdMode: optional(oneOf('rel', 'abs')),
  cooldown: optional(aCount),
});
const plateauState = options({ badEpochs: aCount, cooldown: aCount, rates: numbers });

/**
 * Reduces the learning rates of an optimiser's groups where a metric has stopped improving, as torch's ReduceLROnPlateau.
 *
 * @example
 * ```ts
 * const sgd = new optim.SGD(new Map(), { lr: 0.1 });
 * const schedule = new optim.ReduceLROnPlateau(sgd, { patience: 1, factor: 0.5 });
 * for (const loss of [0.9, 0.91, 0.92]) schedule.step(loss);
 * sgd.lr; // → 0.05
 * ```
 */
export class ReduceLROnPlateau {
  private readonly options: Required<Omit<PlateauOptions, 'minLr'>>;
  private readonly floors: readonly number[];
  private best: number | null = null;
  private badEpochs = 0;
  private cooldown = 0;

  /** @throws OptimizerError on an option out of range */
  constructor(
    /** Whose rates it reduces. */
    readonly optimizer: Optimizer,
    options: PlateauOptions = {},
  ) {
    checkAll('ReduceLROnPlateau', {
      optimizer: [optimizer, anOptimizer],
      options: [options, plateauOptions],
    });
    const { mode = 'min', factor = 0.1, patience = 10, threshold = 1e-4 } = options;
    const { thresholdMode = 'rel', cooldown = 0, minLr = 0, eps = 1e-8 } = options;
    checkNonNegative('ReduceLROnPlateau', { factor, eps });
    if (factor >= 1)
      throw new OptimizerError(`ReduceLROnPlateau: factor is ${factor}, expected a number below 1`);
    this.floors = ofEach('ReduceLROnPlateau', 'minLr', minLr, optimizer.paramGroups.length);
    this.options = { mode, factor, patience, threshold, thresholdMode, cooldown, eps };
  }

  /**
   * Call it once an epoch; of `training.fit`, in `onEpoch`.
   * @param metric what `mode` tells the direction of, as the loss over validation data; NaN is no better than anything
   */
  step(metric: number): void {
    checkArgument('ReduceLROnPlateau.step', 'metric', metric, aNumber);
    const { patience, cooldown } = this.options;
    if (this.isBetter(metric)) {
      this.best = metric;
      this.badEpochs = 0;
    } else {
      this.badEpochs += 1;
    }
    if (this.cooldown > 0) {
      this.cooldown -= 1;
      this.badEpochs = 0;
    }
    if (this.badEpochs <= patience) return;
    this.reduce();
    this.cooldown = cooldown;
    this.badEpochs = 0;
  }

  /** Where it stands, for `loadState`. */
  state(): PlateauState {
    const { best, badEpochs, cooldown, optimizer } = this;
    return { best, badEpochs, cooldown, rates: optimizer.paramGroups.map(({ lr }) => lr) };
  }

  /** Goes on from a state, with its rates. @throws OptimizerError if it is of another number of groups */
  loadState(state: PlateauState): void {
    checkArgument('loadState', 'state', state, plateauState);
    const { paramGroups } = this.optimizer;
    const { best, badEpochs, cooldown, rates } = state;
    if (best !== null && typeof best !== 'number')
      throw new OptimizerError(`loadState: best is ${shown(best)}, expected a number or null`);
    if (rates.length !== paramGroups.length) {
      throw new OptimizerError(
        `loadState: the state has ${rates.length} rates, the optimiser has ${paramGroups.length} groups`,
      );
    }
    [this.best, this.badEpochs, this.cooldown] = [best, badEpochs, cooldown];
    for (const [i, group] of paramGroups.entries()) group.lr = rates[i];
  }

  private isBetter(metric: number): boolean {
    const { mode, threshold, thresholdMode } = this.options;
    const sign = mode === 'min' ? -1 : 1;
    if (this.best === null) return metric * sign > -Infinity;
    const least = thresholdMode === 'rel' ? this.best * (1 + sign * threshold) : this.best + sign * threshold;
    return sign * metric > sign * least;
  }

  private reduce(): void {
    const { factor, eps } = this.options;
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const lower = Math.max(group.lr * factor, this.floors[i]);
      if (group.lr - lower > eps) group.lr = lower;
    }
  }
}
