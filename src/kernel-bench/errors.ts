import { TaskgradError, WgslError } from '../../runtime/errors';

/** Writes an option of the bench for people: `set: { TILE: 8 }`, or `bind.x` without a value. */
export type OptionWriter = (option: string, name?: string, value?: string | readonly string[]) => string;

/** As programs write them. */
const inProgram: OptionWriter = (option, name, value) => {
  if (name === undefined) return `${option}:`;
  if (value === undefined) return `${option}.${name}`;
  const key = /^\w+$/.test(name) ? name : `'${name}'`;
  return `${option}: { ${key}: ${typeof value === 'string' ? value : `[${value.join(', ')}]`} }`;
};

/** The bench cannot run the kernel as it was told to; the message is one line and says what to write instead. */
export class KernelError extends TaskgradError {
  /** The message by how options are written. */
  readonly wording: (written: OptionWriter) => string;

  constructor(message: string | ((written: OptionWriter) => string), options?: { readonly cause?: unknown }) {
    const wording = typeof message === 'string' ? () => message : message;
    super('KERNEL', wording(inProgram), options);
    this.wording = wording;
  }
}

/** The same error for somebody who writes options otherwise, as on a command line: `--set TILE=8`. */
export const inWordsOf = (error: KernelError, written: OptionWriter): KernelError =>
  new KernelError(error.wording(written), { cause: error });

/** Does `work`; a shader that could not be read is a kernel that cannot be run. @throws KernelError for WgslError */
export function orKernelError<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof WgslError)) throw cause;
    const { message, unvalued } = cause;
    if (unvalued === undefined) throw new KernelError(message, { cause });
    throw new KernelError((option) => `${message}; give it one with ${option('set', unvalued, '…')}`, {
      cause,
    });
  }
}
