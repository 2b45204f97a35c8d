import { useEffect, useReducer, useRef } from 'preact/hooks';
import { connect, type WorkerClient } from '../worker/client';
import type { WorkerError } from '../worker/errors';
import { startWorker } from '../worker/start';
import { settingsNow } from './address';
import { download } from './download';
import type { PageJobs } from './engine/worker';
import type { Command, Report } from './protocol';
import { loadSample } from './sample/load';
import { type Change, type PageState, reduce, START } from './store';

export type Send = (command: Command) => void;
/** Changes what the page shows; the engine hears nothing of it. */
export type Take = (change: Change) => void;

/**
 * While the page is hidden no frame is drawn. The engine goes on, and its reports are taken in at this pace.
 */
const HIDDEN_MS = 500;

/** What the page's address asks for: `?images=512&tests=200&quick`. */
export function openCommand(): Extract<Command, { type: 'open' }> {
  const { trainImages = 60_000, testImages = 10_000 } = settingsNow();
  const quick = new URLSearchParams(location.search).has('quick');
  return { type: 'open', trainImages, testImages, quick };
}

/**
 * Starts the engine in its worker. Reports are taken in once a frame, however many arrive.
 * @param notice what a person should know from the start, if anything
 */
export function useEngine(notice: string): { state: PageState; send: Send; take: Take; dismiss: () => void } {
  const [state, take] = useReducer(
    (before: PageState, changes: readonly Change[]) => changes.reduce(reduce, before),
    { ...START, notice: notice || undefined },
  );
  const engine = useRef<WorkerClient<PageJobs> | undefined>(undefined);
  useEffect(() => {
    const client = connect<PageJobs>(startWorker(new URL('worker.js', document.baseURI), 'engine'));
    engine.current = client;
    let waiting: { readonly report: Report; readonly taken: () => void }[] = [];
    const flush = () => {
      const all = waiting;
      waiting = [];
      take(all.map(({ report }) => report));
      for (const { taken } of all) taken();
    };
    const onReport = (report: Report): void | Promise<void> => {
      if (report.type === 'file') return download(report.name, 'application/octet-stream', report.content);
      if (report.type === 'failed' && report.failure.kind === 'no-webgpu')
        loadSample().then((reports) => reports && take([{ type: 'sample', reports }]));
      const seen = new Promise<void>((taken) => waiting.push({ report, taken }));
      if (waiting.length === 1) {
        if (document.hidden) setTimeout(flush, HIDDEN_MS);
        else requestAnimationFrame(flush);
      }
      // Browsers slow the clock of a hidden page down: the engine does not wait for it.
      return document.hidden ? undefined : seen;
    };
    client.call('listen', null, { onReport }).catch(({ code, message }: WorkerError) => {
      if (code === 'WORKER_CLOSED') return;
      const advice = 'If loading the page again does not help, its build is broken: npm run bundle.';
      take([{ type: 'failed', failure: { kind: 'engine', message, advice } }]);
    });
    // No frame comes while the page is hidden, and the engine waits for what it has told to be taken in.
    document.addEventListener('visibilitychange', flush);
    send(client, openCommand());
    return () => {
      document.removeEventListener('visibilitychange', flush);
      client.close();
    };
  }, []);
  return {
    state,
    send: (command) => {
      if (command.type === 'ink') take([{ type: 'drawing', ink: command.ink }]);
      if (engine.current) send(engine.current, command);
    },
    take: (change) => take([change]),
    dismiss: () => take([{ type: 'dismiss' }]),
  };
}

/** Asks the engine; what comes of it, it reports. */
function send(engine: WorkerClient<PageJobs>, command: Command): void {
  engine.call('handle', command).catch(() => undefined); // who listens has heard of it
}
