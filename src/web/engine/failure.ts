import { type GpuLostError, GpuUnavailableError, TaskgradError } from '../../../runtime/errors';
import { DataError } from '../../data/errors';
import type { Failure } from '../protocol';

/** What the page tells of an error, its advice apart. `opening`: nothing can be asked for after it. */
export function failureOf(error: unknown, opening = false): Failure {
  if (error instanceof GpuUnavailableError) return withoutGpu(error);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof DataError) {
    const { advice = 'Choose another file.' } = error.problem;
    return { kind: opening ? 'data' : 'request', message: message.replace(`. ${advice}`, '.'), advice };
  }
  const kind = opening ? 'data' : 'request';
  if (error instanceof TaskgradError) return { kind, message, advice: '' };
  return { kind, message, advice: 'This is a defect of the page; reloading it may help.' };
}

function withoutGpu({ attempts, remedy }: GpuUnavailableError): Failure {
  const [{ what, outcome }] = attempts;
  const kind = 'no-webgpu';
  if (what === 'navigator.gpu') {
    const insecure = !globalThis.isSecureContext;
    const message = insecure
      ? 'Browsers have WebGPU on safe pages only, and this one came over http.'
      : 'It has no navigator.gpu.';
    return { kind, lacks: 'browser', message, advice: remedy };
  }
  if (what === 'requestAdapter') {
    const advice =
      'Switch hardware acceleration on in the browser’s settings, update the driver of the graphics card, and start the browser anew.';
    return { kind, lacks: 'adapter', message: `It was asked for an adapter: ${outcome}.`, advice };
  }
  return { kind, lacks: 'device', message: `${what}: ${outcome}.`, advice: remedy };
}

/** How often a piece of work goes on after it lost its device. */
export const MOST_LOSSES = 3;

export function lostTooOften({ reason }: GpuLostError): TaskgradError {
  const advice = 'close other programs that use it; the work can be gone on with from where it was kept last';
  return new TaskgradError(
    'GPU_LOST',
    `the graphics device was lost ${MOST_LOSSES + 1} times (${reason}); ${advice}`,
  );
}
