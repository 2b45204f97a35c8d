import { TaskgradError } from '../../runtime/errors';

/** The loss became NaN or infinite. The last checkpoint written is from before that. */
export class NanLossError extends TaskgradError {
  constructor(
    readonly what: string,
    readonly epoch: number,
    readonly step: number,
  ) {
    const advice = 'lower the learning rate; the last checkpoint is from before that step';
    super('NAN_LOSS', `${what}: the loss is not a number at step ${step} of epoch ${epoch + 1}; ${advice}`);
  }
}

/** The run was asked to stop; its state was saved, so that it can be resumed. */
export class InterruptedError extends TaskgradError {
  constructor() {
    super('INTERRUPTED', 'interrupted; the state was saved, go on with --resume');
  }
}
