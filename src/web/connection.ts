import { useEffect, useReducer, useRef } from 'preact/hooks';
import { settingsNow } from './address';
import { download } from './download';
import type { Command, Report } from './protocol';
import { loadSample } from './sample/load';
import { type Change, type PageState, reduce, START } from './store';

export type Send = (command: Command) => void;

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
export function useEngine(notice: string): { state: PageState; send: Send; dismiss: () => void } {
  const [state, take] = useReducer(
    (before: PageState, changes: readonly Change[]) => changes.reduce(reduce, before),
    { ...START, notice: notice || undefined },
  );
  const worker = useRef<Worker | undefined>(undefined);
  useEffect(() => {
    const started = new Worker(new URL('worker.js', document.baseURI), { type: 'module', name: 'engine' });
    worker.current = started;
    let waiting: Report[] = [];
    const flush = () => {
      const reports = waiting;
      waiting = [];
      take(reports);
    };
    started.onmessage = ({ data }: MessageEvent<Report>) => {
      if (data.type === 'file') return download(data.name, 'application/octet-stream', data.content);
      if (data.type === 'failed' && data.failure.kind === 'no-webgpu')
        loadSample().then((reports) => reports && take([{ type: 'sample', reports }]));
      waiting.push(data);
      if (waiting.length > 1) return;
      if (document.hidden) setTimeout(flush, HIDDEN_MS);
      else requestAnimationFrame(flush);
    };
    started.onerror = ({ message }) => {
      const advice = 'If loading the page again does not help, its build is broken: npm run bundle.';
      take([
        {
          type: 'failed',
          failure: { kind: 'engine', message: message || 'The engine did not start.', advice },
        },
      ]);
    };
    started.postMessage(openCommand());
    return () => started.terminate();
  }, []);
  return {
    state,
    send: (command) => {
      if (command.type === 'ink') take([{ type: 'drawing', ink: command.ink }]);
      worker.current?.postMessage(command);
    },
    dismiss: () => take([{ type: 'dismiss' }]),
  };
}
