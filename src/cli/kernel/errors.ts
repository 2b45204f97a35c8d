import { TaskgradError } from '../../../runtime/errors';

/** The bench cannot run the kernel as it was told to; the message is one line and says what to write instead. */
export class KernelError extends TaskgradError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('KERNEL', message, options);
  }
}
