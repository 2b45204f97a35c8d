import { GpuOutOfMemoryError, TaskgradError } from '../../../runtime/errors';
import type { Work } from '../kind';

/**
 * Does work that may not fit into the GPU's memory, and again with half as many images at a time whenever it does not, if
 * `--auto-batch` says so.
 * @param batchSize images of a batch: the least that a pass can have is one
 * @param work told into how many parts a batch is to be cut
 * @param why it cannot be cut, if it cannot
 * @throws GpuOutOfMemoryError; TaskgradError in its place, with advice, where nothing can be cut
 */
export async function fitting<T>(
  { gpu, say }: Pick<Work, 'gpu' | 'say'>,
  autoBatch: boolean | undefined,
  what: string,
  batchSize: number,
  work: (parts: number) => Promise<T>,
  why: () => string | undefined = () => undefined,
): Promise<T> {
  for (let parts = 1; ; parts *= 2) {
    try {
      return await work(parts);
    } catch (error) {
      if (!(error instanceof GpuOutOfMemoryError)) throw error;
      const reason = why();
      if (reason) throw withAdvice(error, what, `a smaller batch would give another result: ${reason}`);
      if (!autoBatch)
        throw withAdvice(error, what, '--auto-batch has it go on with smaller parts of a batch');
      if (2 * parts > batchSize) throw error;
      gpu.runtime.trim();
      const size = Math.ceil(batchSize / (2 * parts));
      const { message } = error;
      say(
        `${what}: ${message}. It goes on with ${size} images at a time instead of ${Math.ceil(batchSize / parts)}; the result is the same to rounding`,
        {
          event: 'smaller batch',
          what,
          parts: 2 * parts,
          size,
          message,
        },
      );
    }
  }
}

const withAdvice = (error: GpuOutOfMemoryError, what: string, advice: string): TaskgradError =>
  new TaskgradError(error.code, `${what}: ${error.message}; ${advice}`, { cause: error });
