import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { storeOf } from '../src/cli/store/store-of';
import { defineKind, folderStore, run, type Store } from '../src/experiment/public.node';
import type { Gpu } from '../src/tensor/gpu';

// What a store costs a job: jobs that do nothing but write a file, in this process, one after another. Prints a table.
//   node bench/start.mjs bench/store.ts [--jobs 200] [--bytes 100000] [--store s3://BUCKET/PREFIX?endpoint=URL]

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '200' },
    bytes: { type: 'string', default: '100000' },
    store: { type: 'string', multiple: true, default: [] },
  },
});
const [jobs, bytes] = [Number(values.jobs), Number(values.bytes)];
const content = Buffer.alloc(bytes, 'x');
const gpu = { adapter: { kind: 'none' } } as unknown as Gpu;

const file = defineKind({
  name: 'file',
  version: 1,
  check: Number,
  run: async (work, { of, isWritten }: { of: number; isWritten: boolean; now: number }) => {
    if (!isWritten) return { value: of };
    await writeFile(work.file('net.bin'), content);
    return { value: of, files: ['net.bin'] };
  },
});

interface Cost {
  /** Milliseconds of each job, by the clock, the quickest first. */
  readonly times: readonly number[];
  /** Mean milliseconds of this process's CPU a job. */
  readonly cpu: number;
}

async function cost(store: Store, isWritten: boolean, now: number): Promise<Cost> {
  const before = process.cpuUsage();
  const times: number[] = [];
  await run(
    async (job) => {
      for (let of = 0; of < jobs; of++) {
        const begun = performance.now();
        await job(file, { of, isWritten, now });
        times.push(performance.now() - begun);
      }
    },
    { store, gpu },
  );
  const { user, system } = process.cpuUsage(before);
  return { times: times.sort((a, b) => a - b), cpu: (user + system) / 1000 / jobs };
}

const median = ({ times }: Cost): number => times[Math.floor(times.length / 2)];

const root = await mkdtemp(join(tmpdir(), 'taskgrad-bench-store-'));
try {
  console.log(`| store | ${jobs} jobs | ms a job, median | least | CPU ms | ms again, all there |`);
  console.log('| --- | --- | --- | --- | --- | --- |');
  for (const store of [folderStore(join(root, 'store')), ...values.store.map((name) => storeOf(name))]) {
    for (const isWritten of [false, true]) {
      const now = Date.now();
      const first = await cost(store, isWritten, now);
      const again = await cost(store, isWritten, now);
      const what = isWritten ? `with a file of ${bytes} bytes` : 'without files';
      const figures = [median(first), first.times[0], first.cpu, median(again)].map((ms) => ms.toFixed(1));
      console.log(`| ${store.name.replace(root, '')} | ${what} | ${figures.join(' | ')} |`);
    }
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
