const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** A terminal's Ctrl-C may reach a program twice: from the terminal, and passed on by what started it. */
const ECHO_MS = 500;

/** Who is told of signals. */
export interface SignalHandlers {
  readonly first: () => void;
  /** Called before a second signal ends this process; default: it does not. */
  readonly second?: () => void;
}

/** Listens for signals that end programs. @returns what stops it */
export function onSignals({ first, second }: SignalHandlers): () => void {
  let at: number | undefined;
  const release = () => {
    for (const name of SIGNALS) process.off(name, listen);
  };
  const listen = (name: NodeJS.Signals) => {
    if (at === undefined) {
      at = performance.now();
      first();
    } else if (second && performance.now() - at > ECHO_MS) {
      release();
      second();
      process.kill(process.pid, name);
    }
  };
  for (const name of SIGNALS) process.on(name, listen);
  return release;
}
