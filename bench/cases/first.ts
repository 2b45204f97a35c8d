import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import { type Bench, isWanted, type Suite } from '../bench';
import { trustedRows } from '../case';
import { median } from '../contest';
import type { Row } from '../row';

const SCRIPT = ['bench/start.mjs', 'bench/first/step.ts'];
const SHAPE = 'small CIFAR net, 64×3×32×32';
/** Pairs of processes; each begins with an empty cache of shaders. */
const PAIRS = 3;

const factsSchema = z.object({ loss: z.number(), elapsed: z.number(), cpu: z.number(), pipelines: z.int() });
type Facts = z.infer<typeof factsSchema>;

interface Pair {
  readonly first: Facts;
  readonly second: Facts;
}

const start = promisify(execFile);

/** A first step in a process of its own. */
async function firstStep(adapter: string, cache: string): Promise<Facts> {
  const env = { ...process.env, MESA_SHADER_CACHE_DIR: cache };
  const { stdout } = await start(process.execPath, [...SCRIPT, adapter], { env });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  return factsSchema.parse(JSON.parse(line));
}

/** What a process takes that finds an empty cache of shaders, and the next one. */
async function pair(adapter: string): Promise<Pair> {
  const cache = mkdtempSync(join(tmpdir(), 'taskgrad-shaders-'));
  try {
    const first = await firstStep(adapter, cache);
    return { first, second: await firstStep(adapter, cache) };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

const FIGURES = [
  { name: '', of: ({ elapsed }: Facts) => elapsed },
  { name: ', CPU of all threads', of: ({ cpu }: Facts) => cpu },
];

async function* adapterRows(adapter: string, quick: boolean): AsyncGenerator<Row> {
  const facts = { shape: SHAPE, adapter };
  const pairs: Pair[] = [];
  for (let i = 0; i < (quick ? 1 : PAIRS); i++) pairs.push(await pair(adapter));
  for (const { name, of } of FIGURES) {
    const [first, second] = (['first', 'second'] as const).map((which) =>
      median(pairs.map((one) => of(one[which]))),
    );
    yield { ...facts, work: `first step${name}`, unit: 'ms', ours: first };
    yield {
      ...facts,
      work: `first step of the second process${name}`,
      unit: 'ms',
      ours: second,
      rival: { name: 'first process', value: first },
      target: { of: 'ratio', atMost: 0.5 },
    };
  }
  const [{ first }] = pairs;
  yield { ...facts, work: 'pipelines until the first step', unit: 'pipelines', ours: first.pipelines };
}

/** The first training step of a process, from `openGpu` on, with an empty cache of shaders and with a full one. */
export const firstSuite: Suite = {
  name: 'first',
  rows: async function* (bench: Bench) {
    const adapters = bench.gpu.adapter.kind === 'gpu' ? ['gpu'] : ['lavapipe', 'swiftshader'];
    for (const adapter of adapters) {
      const facts = { work: 'first step', shape: SHAPE, adapter, unit: 'ms' } as const;
      if (isWanted(bench, facts)) yield* trustedRows(facts, adapterRows(adapter, bench.quick));
    }
  },
};
