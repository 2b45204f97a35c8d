import { aNumber, checkAll, kind, listOf } from '../tensor/guard';
import { type Optimizer, OptimizerError } from './optimizer';
import { Schedule } from './schedule';

const aSchedule = kind('a schedule, such as new optim.LinearLR(…)', (value) => value instanceof Schedule);

/**
 * One schedule after another, as torch's SequentialLR: each begins anew at its milestone.
 *
 * @example
 * ```ts
 * const sgd = new optim.SGD(new Map(), { lr: 0.1 });
 * const warmUp = new optim.LinearLR(sgd, { startFactor: 0.5, totalIters: 5 });
 * const cosine = new optim.CosineAnnealingLR(sgd, { tMax: 20 });
 * const schedule = new optim.SequentialLR(sgd, [warmUp, cosine], [5]);
 * schedule.step(5);
 * sgd.lr; // → 0.10
 * schedule.step(15);
 * sgd.lr; // → 0.05
 * ```
 */
export class SequentialLR extends Schedule {
  /**
   * @param schedules of this optimiser
   * @param milestones epochs (or whatever `step` counts) from which each of them but the first holds, in order
   * @throws OptimizerError on a schedule of another optimiser, or milestones that are not one fewer or not in order
   */
  constructor(
    optimizer: Optimizer,
    private readonly schedules: readonly Schedule[],
    private readonly milestones: readonly number[],
  ) {
    super(optimizer);
    checkAll('SequentialLR', {
      schedules: [schedules, listOf('schedules', aSchedule)],
      milestones: [milestones, listOf('numbers', aNumber)],
    });
    const stranger = schedules.findIndex((schedule) => schedule.optimizer !== optimizer);
    if (stranger >= 0) throw new OptimizerError(`SequentialLR: schedule ${stranger} is of another optimiser`);
    if (milestones.length !== schedules.length - 1) {
      throw new OptimizerError(
        `SequentialLR: ${milestones.length} milestones for ${schedules.length} schedules, expected one fewer than schedules`,
      );
    }
    if (milestones.some((milestone, i) => !(milestone > (milestones[i - 1] ?? 0))))
      throw new OptimizerError(
        `SequentialLR: milestones are ${milestones.join(', ')}, expected numbers above 0, each above the one before`,
      );
    this.step(0);
  }

  protected moveTo(epoch: number): void {
    const passed = this.milestones.filter((milestone) => epoch >= milestone).length;
    this.schedules[passed].step(epoch - (passed === 0 ? 0 : this.milestones[passed - 1]));
  }
}
