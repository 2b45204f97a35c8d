import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { bootstrapInterval } from '../../src/report/statistics/bootstrap';
import { formatSpread, spreadOf } from '../../src/report/statistics/spread';

// Two searches over the same seeds, as `taskgrad search --repeats N --out DIR` leaves them: what they ended at, and the
// difference seed by seed. npm run paired -- runs/fuse runs/random

const lineSchema = z.object({
  event: z.literal('search'),
  method: z.string(),
  seed: z.int(),
  testError: z.number(),
});

interface Searches {
  readonly method: string;
  /** Test errors in percent, by seed. */
  readonly errors: ReadonlyMap<number, number>;
}

async function searchesIn(folder: string): Promise<Searches> {
  const lines = (await readFile(join(folder, 'log.jsonl'), 'utf8')).trim().split('\n');
  const searches = lines.flatMap((line) => {
    const { success, data } = lineSchema.safeParse(JSON.parse(line));
    return success ? [data] : [];
  });
  if (searches.length === 0)
    throw new Error(`${folder}: log.jsonl has no search; run taskgrad search --repeats N`);
  const errors = new Map(searches.map(({ seed, testError }) => [seed, 100 * testError]));
  return { method: searches[0].method, errors };
}

const folders = process.argv.slice(2);
if (folders.length !== 2)
  throw new Error('npm run paired -- FOLDER FOLDER: two folders of taskgrad search --repeats N');
const [a, b] = await Promise.all(folders.map(searchesIn));
const seeds = [...a.errors.keys()].filter((seed) => b.errors.has(seed));
const of = ({ errors }: Searches) => seeds.map((seed) => errors.get(seed) ?? Number.NaN);
const differences = of(b).map((error, i) => error - of(a)[i]);
const percent = (value: number) => value.toFixed(2);
const say = (text: string) => process.stdout.write(`${text}\n`);
for (const one of [a, b])
  say(`${one.method}: ${formatSpread(spreadOf(of(one)), percent)} % (mean ± sd) over ${seeds.length} seeds`);
const mean = (values: readonly number[]) => spreadOf(values).mean;
const interval = bootstrapInterval([seeds.length], ([drawn]) => mean(drawn.map((i) => differences[i])));
const ends = interval ? `${percent(interval.low)} to ${percent(interval.high)}` : 'none';
const wins = differences.filter((difference) => difference < 0).length;
say(
  `${b.method} less ${a.method}: ${percent(mean(differences))} points, 95 % interval (bootstrap over seeds) ${ends}; lower for ${wins} of ${seeds.length} seeds`,
);
