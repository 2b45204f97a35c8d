import { once } from 'node:events';
import { createServer } from 'node:http';
import { TaskgradError } from '../../runtime/errors';
import { systemCode } from '../data/files.node';
import { VERSION } from '../version';
import type { QueueCounts } from './queue.node';

const LOOPBACK = '127.0.0.1';
/** Upper bounds of the histogram of seconds. */
const SECONDS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000];

/** What there is to ask for whenever figures are read. */
export interface MetricsSources {
  /** 'worker' or 'planner'. */
  readonly role: string;
  /** How many jobs of the queue there are. */
  readonly counts?: () => Promise<QueueCounts>;
  /** Kind of the adapter of each worker process, and whether the process is there. */
  readonly workers?: () => { readonly adapter: string; readonly isUp: boolean }[];
}

/** Figures that Prometheus reads. */
export interface Metrics {
  /** Where they are. */
  readonly url: string;
  /** A job is begun. @returns to be called with what came of it */
  begun(kind: string): (outcome: string) => void;
  /** A job has ended that took so many seconds elsewhere, if it ran. */
  ended(kind: string, outcome: string, seconds?: number): void;
  close(): Promise<void>;
}

/**
 * Serves figures in the text format of Prometheus at `/metrics`.
 * @param place 'PORT', on this machine only, or 'HOST:PORT', where 0.0.0.0 stands for all who can reach it; port 0 is any free one
 * @throws TaskgradError `METRICS` where the port cannot be had
 */
export async function openMetrics(
  place: string,
  { role, counts, workers }: MetricsSources,
): Promise<Metrics> {
  const { Counter, Gauge, Histogram, Registry } = await import('./prom-client.node');
  const registry = new Registry();
  registry.setDefaultLabels({ role, version: VERSION });
  const registers = [registry];
  const jobs = new Counter({
    name: 'taskgrad_jobs_total',
    help: 'Tries of jobs that have ended, by what came of them.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'taskgrad_job_seconds',
    help: 'How long jobs took that were done.',
    labelNames: ['kind'],
    buckets: SECONDS,
    registers,
  });
  /** Seconds that adapters have worked, and those that work now, by when they began. */
  let worked = 0;
  const running = new Set<number>();
  new Counter({
    name: 'taskgrad_gpu_seconds_total',
    help: 'Seconds that adapters were given to jobs.',
    registers,
    collect() {
      this.reset();
      this.inc([...running].reduce((sum, since) => sum + elapsed(since), worked));
    },
  });
  if (workers) {
    new Gauge({
      name: 'taskgrad_worker_up',
      help: 'Whether the process that does jobs is there.',
      labelNames: ['adapter'],
      registers,
      collect() {
        this.reset();
        for (const { adapter, isUp } of workers()) this.inc({ adapter }, Number(isUp));
      },
    });
  }
  if (counts) {
    new Gauge({
      name: 'taskgrad_queue_jobs',
      help: 'Jobs of the queue, by their state.',
      labelNames: ['state'],
      registers,
      async collect() {
        const { waiting, active, setAside } = await counts();
        this.set({ state: 'waiting' }, waiting);
        this.set({ state: 'active' }, active);
        this.set({ state: 'set_aside' }, setAside);
      },
    });
  }

  const server = createServer(async ({ url }, response) => {
    try {
      const isWanted = url?.split('?')[0] === '/metrics';
      const text = isWanted ? await registry.metrics() : 'the figures are at /metrics\n';
      response.writeHead(isWanted ? 200 : 404, {
        'Content-Type': isWanted ? registry.contentType : 'text/plain',
      });
      response.end(text);
    } catch (error) {
      response.writeHead(503).end(`${error instanceof Error ? error.message : error}\n`);
    }
  });
  const { host, port } = placeOf(place);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const text = `no figures can be served at ${host}:${port} (${systemCode(cause) ?? cause}); name another port`;
    throw new TaskgradError('METRICS', text, { cause });
  }
  server.unref();
  const address = server.address();
  const own = typeof address === 'object' ? address?.port : port;
  return {
    url: `http://${host}:${own}/metrics`,
    begun: (kind) => {
      const since = performance.now();
      running.add(since);
      return (outcome) => {
        running.delete(since);
        worked += elapsed(since);
        jobs.inc({ kind, outcome });
        if (outcome === 'done') seconds.observe({ kind }, elapsed(since));
      };
    },
    ended: (kind, outcome, took) => {
      jobs.inc({ kind, outcome });
      if (took !== undefined) seconds.observe({ kind }, took);
      worked += took ?? 0;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const elapsed = (since: number): number => (performance.now() - since) / 1000;

/** @throws TaskgradError `METRICS` on what is no port */
function placeOf(place: string): { host: string; port: number } {
  const [, host = LOOPBACK, port] = /^(?:(.+):)?(\d{1,5})$/.exec(place) ?? [];
  if (port !== undefined && Number(port) < 2 ** 16)
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  throw new TaskgradError(
    'METRICS',
    `metrics is '${place}', expected PORT or HOST:PORT, as in 9464 or 0.0.0.0:9464`,
  );
}
