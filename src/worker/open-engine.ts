import type { AdapterFacts } from '../../runtime/adapter-facts';
import { connect, type WorkerClient } from './client';
import type { EngineJobs } from './jobs/engine';
import { startWorker } from './start';

/** Options of `openEngine`. */
export interface EngineOptions {
  /** Where `engine-worker.js` is; default: beside this file, which bundlers copy. */
  readonly url?: string | URL;
}

/** The engine in a worker, with jobs that are ready to be called. */
export interface Engine extends WorkerClient<EngineJobs> {
  /** What computes. */
  readonly adapter: AdapterFacts;
}

/**
 * Opens the engine in a worker. It does `train`, `classify` and `distance`.
 * @throws WorkerError `WORKER_START` where the worker's program does not start, `GPU_UNAVAILABLE` where there is no WebGPU
 *   (`checkSupport` says what is lacking)
 * @example
 * ```js
 * const engine = await openEngine();
 * const { file, test } = await engine.call(
 *   'train',
 *   { images, labels, shape: [1, 28, 28], classes: ['cat', 'dog'] },
 *   { transfer: [images.buffer], onReport: ({ done, total }) => console.log(done / total) },
 * );
 * const { probabilities } = await engine.call('classify', { file, images: others });
 * ```
 */
export async function openEngine({ url = engineUrl() }: EngineOptions = {}): Promise<Engine> {
  const client = connect<EngineJobs>(startWorker(url, 'taskgrad engine'), `the engine at ${url}`);
  try {
    return { ...client, adapter: await client.call('open', undefined) };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Vite and webpack know this form: they copy the file to where the page finds it. */
const engineUrl = (): URL => new URL('./engine-worker.js', import.meta.url);
