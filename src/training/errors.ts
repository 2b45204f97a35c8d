import { TaskgradError } from '../../runtime/errors';

/** The loss or a weight became NaN or infinite. The last checkpoint written is from before that. */
export class NanLossError extends TaskgradError {
  /** @param epoch and step count from 0; the message counts from 1 */
  constructor(
    readonly what: string,
    readonly epoch: number,
    readonly step: number,
    subject: 'the loss' | 'a weight' = 'the loss',
  ) {
    const place = `step ${step + 1} of epoch ${epoch + 1}`;
    const advice = 'lower the learning rate; the last checkpoint is from before that step';
    super('NAN_LOSS', `${what}: ${subject} is not a finite number at ${place}; ${advice}`);
  }
}

/** The run was asked to stop; its state was saved, so that it can be resumed. */
export class InterruptedError extends TaskgradError {
  constructor() {
    super('INTERRUPTED', 'interrupted; the state was saved, go on with --resume');
  }
}

/** Nothing to train on, a batch size out of range, or a state to go on from that is of another run. */
export class TrainingError extends TaskgradError {
  constructor(message: string) {
    super('TRAINING', message);
  }
}
