import { Worker } from 'node:worker_threads';

/** How often to look whether the parent is there, and how long a job may take to save and end without it. */
const LOOK_MS = 1000;
const GRACE_MS = 60_000;

/** In a thread, as the main one may be what hangs. Plain JavaScript: a bundle has no file of its own for it. */
const WATCH = `
  const { workerData: { parent, lookMs, graceMs } } = require('node:worker_threads');
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), graceMs);
  }, lookMs);
`;

/**
 * Ends this process by force a minute after its parent has gone, unless it has ended by itself: a job that hangs would otherwise
 * keep its lease for good.
 * @returns what calls it off
 */
export function endWithParent(graceMs = GRACE_MS): () => void {
  const workerData = { parent: process.ppid, lookMs: LOOK_MS, graceMs };
  const thread = new Worker(WATCH, { eval: true, workerData });
  thread.unref();
  return () => void thread.terminate();
}
