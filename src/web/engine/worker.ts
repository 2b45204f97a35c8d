import type { Command, Report } from '../protocol';
import { Engine } from './engine';

/** What of a worker's global scope is used: the DOM's types are the page's. */
interface WorkerScope {
  postMessage(message: Report, transfer: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<Command>) => void): void;
}

const scope = globalThis as unknown as WorkerScope;
const engine = new Engine(
  (report, transfer = []) => scope.postMessage(report, transfer),
  new URL('data/', globalThis.location.href).href,
);
scope.addEventListener('message', ({ data }) => engine.handle(data));
