import { TaskgradError } from '../../runtime/errors';

/** A Fisher diagonal that cannot be taken, or one that cannot be compared. */
export class FisherError extends TaskgradError {
  constructor(message: string) {
    super('FISHER', message);
  }
}
