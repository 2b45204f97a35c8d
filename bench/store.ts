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

/** Milliseconds of a job, by the clock and of this process's CPU. */
async function cost(store: Store, isWritten: boolean, now: number): Promise<readonly number[]> {
  const before = process.cpuUsage();
  const begun = performance.now();
  await run(
    async (job) => {
      for (let of = 0; of < jobs; of++) await job(file, { of, isWritten, now });
    },
    { store, gpu },
  );
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  return [wall / jobs, (user + system) / 1000 / jobs];
}

const root = await mkdtemp(join(tmpdir(), 'taskgrad-bench-store-'));
try {
  console.log(`| store | ${jobs} jobs | ms a job | CPU ms a job | ms again, all there |`);
  console.log('| --- | --- | --- | --- | --- |');
  for (const store of [folderStore(join(root, 'store')), ...values.store.map((name) => storeOf(name))]) {
    for (const isWritten of [false, true]) {
      const now = Date.now();
      const [wall, cpu] = await cost(store, isWritten, now);
      const [again] = await cost(store, isWritten, now);
      const what = isWritten ? `with a file of ${bytes} bytes` : 'without files';
      const figures = [wall, cpu, again].map((figure) => figure.toFixed(1)).join(' | ');
      console.log(`| ${store.name.replace(root, '')} | ${what} | ${figures} |`);
    }
  }
} finally {
  await rm(root, { recursive: true, force: true });
}
