import { aFlag, checkAll, oneOf, optional, options } from '../tensor/guard';
import type { ParamGroup } from './groups';
import { ofEach } from './guard';
import { type Optimizer, OptimizerError } from './optimizer';
import { Schedule } from './schedule';

/** Options of `OneCycleLR`. */
export interface OneCycleOptions {
  /** The highest rate, of all groups or of each. */
  readonly maxLr: number | readonly number[];
  /** Training steps in all; or `epochs` and `stepsPerEpoch`. */
  readonly totalSteps?: number;
  /** Epochs of training, in place of `totalSteps`. */
  readonly epochs?: number;
  /** Training steps of each of them. */
  readonly stepsPerEpoch?: number;
  /** Share of the steps in which the rate rises; default 0.3. */
  readonly pctStart?: number;
  /** How rates go from one to the next; default 'cos'. */
  readonly annealStrategy?: 'cos' | 'linear';
  /** Whether momentum, of Adam the first beta, falls as the rate rises and rises as it falls; default true. */
  readonly cycleMomentum?: boolean;
  /** Momentum where the rate is highest, of all groups or of each; default 0.85. */
  readonly baseMomentum?: number | readonly number[];
  /** Momentum where the rate is lowest, of all groups or of each; default 0.95. */
  readonly maxMomentum?: number | readonly number[];
  /** The first rate is maxLr / divFactor; default 25. */
  readonly divFactor?: number;
  /** The last rate is the first one / finalDivFactor; default 1e4. */
  readonly finalDivFactor?: number;
  /** Whether the rate falls as long as it has risen, and only then to its last value; default false. */
  readonly threePhase?: boolean;
}

/** A stretch of steps: the rate goes from one of three to another, momentum from one of two to another. */
interface Phase {
  readonly end: number;
  readonly lr: readonly [from: keyof Rates, to: keyof Rates];
  readonly momentum: readonly [from: keyof Momenta, to: keyof Momenta];
}

interface Rates {
  readonly first: number;
  readonly max: number;
  readonly last: number;
}

interface Momenta {
  readonly low: number;
  readonly high: number;
}

const oneCycleOptions = options({
  annealStrategy: optional(oneOf('cos', 'linear')),
  cycleMomentum: optional(aFlag),
  threePhase: optional(aFlag),
});

/**
 * One cycle (Smith & Topin 2019), as torch's OneCycleLR: the rate rises to `maxLr` and falls to nearly nothing, while
 * momentum does the opposite. Call `step` after each training step; of `training.fit`, in `onStep`.
 *
 * @example
 * ```ts
 * const sgd = new optim.SGD(new Map(), { lr: 1, momentum: 0.9 });
 * const schedule = new optim.OneCycleLR(sgd, { maxLr: 0.5, totalSteps: 20 });
 * sgd.lr; // → 0.02
 * for (let step = 0; step < 5; step++) schedule.step();
 * [sgd.lr, sgd.paramGroups[0].momentum]; // → [0.50, 0.85]
 * ```
 */
export class OneCycleLR extends Schedule {
  private readonly total: number;
  private readonly phases: readonly Phase[];
  private readonly rates: readonly Rates[];
  private readonly momenta: readonly Momenta[] | undefined;
  private readonly isLinear: boolean;

  /** @throws OptimizerError on an option out of range, or an optimiser whose momentum cannot be moved */
  constructor(optimizer: Optimizer, options: OneCycleOptions) {
    super(optimizer);
    checkAll('OneCycleLR', { options: [options, oneCycleOptions] });
    const { paramGroups: groups } = optimizer;
    const { pctStart = 0.3, annealStrategy = 'cos', cycleMomentum = true, threePhase = false } = options;
    const { maxLr, baseMomentum = 0.85, maxMomentum = 0.95, divFactor = 25, finalDivFactor = 1e4 } = options;
    this.total = stepsOf(options);
    if (!(pctStart >= 0 && pctStart <= 1))
      throw new OptimizerError(`OneCycleLR: pctStart is ${pctStart}, expected a number from 0 to 1`);
    for (const [name, factor] of Object.entries({ divFactor, finalDivFactor }))
      if (!(factor > 0))
        throw new OptimizerError(`OneCycleLR: ${name} is ${factor}, expected a number above 0`);
    this.isLinear = annealStrategy === 'linear';
    this.phases = phasesOf(this.total, pctStart, threePhase);
    this.rates = ofEach('OneCycleLR', 'maxLr', maxLr, groups.length).map((max) => {
      const first = max / divFactor;
      return { first, max, last: first / finalDivFactor };
    });
    for (const [i, group] of groups.entries()) group.initialLr = this.rates[i].first;
    if (cycleMomentum) {
      const fixed = groups.findIndex(({ betas, momentum }) => betas === undefined && momentum === undefined);
      if (fixed >= 0) {
        throw new OptimizerError(
          `OneCycleLR: group ${fixed} has neither momentum nor betas to move; set cycleMomentum: false`,
        );
      }
      const highs = ofEach('OneCycleLR', 'maxMomentum', maxMomentum, groups.length);
      const lows = ofEach('OneCycleLR', 'baseMomentum', baseMomentum, groups.length);
      this.momenta = highs.map((high, i) => ({ high, low: lows[i] }));
    }
    this.step(0);
  }

  /** @throws OptimizerError beyond the last step */
  protected moveTo(step: number): void {
    if (step > this.total)
      throw new OptimizerError(`OneCycleLR: step ${step} of ${this.total}; make it for more steps`);
    const found = this.phases.findIndex(({ end }) => step <= end);
    const number = found < 0 ? this.phases.length - 1 : found;
    const { end, lr, momentum } = this.phases[number];
    const start = number === 0 ? 0 : this.phases[number - 1].end;
    const share = end > start ? Math.min(1, (step - start) / (end - start)) : 1;
    for (const [i, group] of this.optimizer.paramGroups.entries()) {
      const [rates, momenta] = [this.rates[i], this.momenta?.[i]];
      group.lr = this.between(rates[lr[0]], rates[lr[1]], share);
      if (momenta) setMomentum(group, this.between(momenta[momentum[0]], momenta[momentum[1]], share));
    }
  }

  private between(from: number, to: number, share: number): number {
    if (this.isLinear) return (to - from) * share + from;
    return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
  }
}

function setMomentum(group: ParamGroup, momentum: number): void {
  if (group.betas) group.betas = [momentum, group.betas[1]];
  else group.momentum = momentum;
}

function phasesOf(total: number, share: number, threePhase: boolean): readonly Phase[] {
  const up: Phase = { end: share * total - 1, lr: ['first', 'max'], momentum: ['high', 'low'] };
  if (!threePhase) return [up, { end: total - 1, lr: ['max', 'last'], momentum: ['low', 'high'] }];
  return [
    up,
    { end: 2 * share * total - 2, lr: ['max', 'first'], momentum: ['low', 'high'] },
    { end: total - 1, lr: ['first', 'last'], momentum: ['high', 'high'] },
  ];
}

function stepsOf({ totalSteps, epochs = 0, stepsPerEpoch = 0 }: OneCycleOptions): number {
  const total = totalSteps ?? epochs * stepsPerEpoch;
  if (Number.isInteger(total) && total > 0) return total;
  throw new OptimizerError(
    `OneCycleLR: there are ${total} steps, expected totalSteps, or epochs and stepsPerEpoch, whole numbers above 0`,
  );
}
