import { note } from './print';

/** A terminal's Ctrl-C reaches a program under npx twice: from the terminal, and passed on by npx. */
const ECHO_MS = 500;
/** Exit code of an interrupted program: 128 + SIGINT. */
export const INTERRUPTED = 130;

export interface Interrupt {
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/** Turns the first Ctrl-C into an aborted signal, so that work can save its state; another one ends the process. */
export function catchInterrupts(): Interrupt {
  const controller = new AbortController();
  let first = 0;
  const onSignal = () => {
    if (controller.signal.aborted) {
      if (performance.now() - first > ECHO_MS) process.exit(INTERRUPTED);
      return;
    }
    first = performance.now();
    note('\nstopping after this step and saving; Ctrl-C again stops at once');
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
