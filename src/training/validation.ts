import type { DeviceSet } from '../data/device-set';
import { hasTargets, type TargetSplit } from '../data/targets';
import type { Module } from '../nn/module';
import type { Split } from '../tasks/task';
import type { Tensor } from '../tensor/tensor';
import type { Loss } from './answers';
import { BestState } from './best-state';
import { NanLossError, TrainingError } from './errors';
import { measure } from './evaluate';
import type { EpochMeasure, RunOptions, Validation } from './fit-options';
import type { Measured } from './metrics';
import type { LossMeasure, Measure } from './stats';
import { countSteps } from './steps';

/** What is measured, and of what. */
interface Watched<M extends LossMeasure> {
  readonly net: Module;
  /** The samples of the training. */
  readonly images: DeviceSet;
  readonly split: Split | TargetSplit;
  readonly loss: Loss | undefined;
  /** What is told of a measure. */
  readonly tell: (measure: Measure) => M;
}

type Part = Split | TargetSplit;

/** Measures a network after each epoch, says when it has been best, and keeps what it was then. */
export class Validator<M extends LossMeasure> {
  private readonly best: BestState | undefined;

  /** @throws TrainingError where a run cannot be watched, or gone on with */
  constructor(
    private readonly watched: Watched<M>,
    private readonly options: RunOptions<M, Part>,
    private readonly validation: Validation<M, Part>,
  ) {
    const { name, cursor, best } = options;
    const { split, keepBest, batchSize = options.batchSize } = validation;
    countSteps(called(name), split, { batchSize });
    if (hasTargets(split) !== hasTargets(watched.split)) {
      const words = (part: Part) => (hasTargets(part) ? 'targets' : 'labels');
      throw new TrainingError(
        `${name}: the validation split has ${words(split)}, the training split ${words(watched.split)}; give both the same`,
      );
    }
    const history = cursor?.history ?? [];
    if (history.some(({ validation }) => validation === undefined)) {
      throw new TrainingError(
        `${name}: the state is of a run without validation; leave out validation, or begin anew`,
      );
    }
    if (keepBest && history.length > 0 && !best) {
      throw new TrainingError(
        `${name}: the state has no best weights; give as best what save was given beside the cursor`,
      );
    }
    this.best = keepBest ? new BestState(watched.net, history.length > 0 ? best : undefined) : undefined;
  }

  /** State of the best epoch, where it is kept. */
  get bestState(): ReadonlyMap<string, Tensor> | undefined {
    return this.best?.state;
  }

  /**
   * Measures the network as it is after an epoch.
   * @throws NanLossError; TrainingError on a metric that is not finite
   */
  async measure(epoch: number, step: number): Promise<Measured<M>> {
    const { net, images: own, loss, tell } = this.watched;
    const { name } = this.options;
    const { split, images = own, batchSize = this.options.batchSize, metrics } = this.validation;
    const { metrics: figures, ...whole } = await measure(called(name), net, images, split, {
      batchSize,
      loss,
      metrics,
    });
    if (!Number.isFinite(whole.loss)) throw new NanLossError(name, epoch, step, 'the validation loss');
    return { ...tell(whole), ...(figures && { metrics: figures }) };
  }

  /** Keeps the network where the last epoch is the best. */
  note(history: readonly EpochMeasure<M>[]): void {
    if (this.bestOf(history) === history.length - 1) this.best?.keep();
  }

  /** Whether the best epoch is so far back that the training ends. */
  isOver(history: readonly EpochMeasure<M>[]): boolean {
    const { patience = Number.POSITIVE_INFINITY } = this.validation;
    return history.length > 0 && history.length - 1 - this.bestOf(history) >= patience;
  }

  /** Gives the network the weights of the best epoch, where they are kept. */
  finish(): void {
    this.best?.restore();
  }

  dispose(): void {
    this.best?.dispose();
  }

  /** @throws TrainingError on a criterion that gives no number */
  private bestOf(history: readonly EpochMeasure<M>[]): number {
    const { criterion = ({ loss }: Measured<M>) => loss } = this.validation;
    const scores = history.map(({ validation }) => (validation ? criterion(validation) : Number.NaN));
    const bad = scores.findIndex((score) => typeof score !== 'number' || Number.isNaN(score));
    if (bad >= 0) {
      throw new TrainingError(
        `${this.options.name}: criterion gave ${scores[bad]} for epoch ${bad + 1}, expected a number, the smaller the better`,
      );
    }
    return scores.indexOf(Math.min(...scores));
  }
}

/** What errors call the validation samples of a run. */
const called = (name: string): string => `${name}, validation`;

/** The validation labels of a run, for `answersOf`. */
export function validationLabels<M extends LossMeasure>({
  name,
  validation,
}: RunOptions<M, Part>): (readonly [what: string, split: Split])[] {
  return validation && !hasTargets(validation.split) ? [[called(name), validation.split]] : [];
}

/** Nothing where there are no validation samples. @throws TrainingError */
export const validatorOf = <M extends LossMeasure>(
  watched: Watched<M>,
  options: RunOptions<M, Part>,
): Validator<M> | undefined => options.validation && new Validator(watched, options, options.validation);
