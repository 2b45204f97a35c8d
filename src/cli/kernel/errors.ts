import { TaskgradError, WgslError } from '../../../runtime/errors';

/** The bench cannot run the kernel as it was told to; the message is one line and says what to write instead. */
export class KernelError extends TaskgradError {
  constructor(message: string, options?: { cause?: unknown }) {
    super('KERNEL', message, options);
  }
}

/** Does `work`; a shader that could not be read is a kernel that cannot be run. @throws KernelError for WgslError */
export function orInBenchWords<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof WgslError)) throw cause;
    const { message, unvalued } = cause;
    const remedy = unvalued === undefined ? '' : `; give it one with --set ${unvalued}=…`;
    throw new KernelError(message + remedy, { cause });
  }
}
