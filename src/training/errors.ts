import { TaskgradError } from '../../runtime/errors';
import { IGNORE_INDEX } from '../ops/cross-entropy';

/** The loss or a weight became NaN or infinite. The last checkpoint written is from before that. */
export class NanLossError extends TaskgradError {
  /** @param epoch and step count from 0; the message counts from 1 */
  constructor(
    /** The run's name. */
    readonly what: string,
    /** From 0. */
    readonly epoch: number,
    /** In the epoch, from 0. */
    readonly step: number,
    subject: 'the loss' | 'the validation loss' | 'a weight' = 'the loss',
  ) {
    const place = `step ${step + 1} of epoch ${epoch + 1}`;
    const advice = 'lower the learning rate; the last checkpoint is from before that step';
    super('NAN_LOSS', `${what}: ${subject} is not a finite number at ${place}; ${advice}`);
  }
}

/** A label that is no class of the network's, nor −100. Nothing was computed with it. */
export class StrayLabelError extends TaskgradError {
  /**
   * @param what was called, as in 'task 2, seed 0'
   * @param sample the label's place among the labels given, from 0
   * @param classes what there are of them, numbered from 0
   * @param remedy what to do if the label is right
   */
  constructor(
    readonly what: string,
    /** What it is. */
    readonly label: number,
    readonly sample: number,
    readonly classes: number,
    remedy: string,
  ) {
    const advice = `number the classes from 0, ${remedy}, or label the sample ${IGNORE_INDEX} to leave it out`;
    super('STRAY_LABEL', `${what}: label ${label} of sample ${sample} is outside [0, ${classes}); ${advice}`);
  }
}

/** The run was asked to stop; its state was saved, so that it can be resumed. */
export class InterruptedError extends TaskgradError {
  constructor() {
    super('INTERRUPTED', 'interrupted; what it had done is saved, and the same command goes on from it');
  }
}

/** Nothing to train on, a batch size out of range, or a state to go on from that is of another run. */
export class TrainingError extends TaskgradError {
  constructor(message: string) {
    super('TRAINING', message);
  }
}
