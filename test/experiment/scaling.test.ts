import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { measuredSchema } from '../../bench/scaling/measured';
import { modelFrom } from '../../bench/scaling/model';
import { experimentWithoutPictures } from '../../bench/scaling/paper';
import { simulate, type World } from '../../bench/scaling/simulate';
import { HEARTBEAT_SECONDS, STALE_SECONDS } from '../../bench/scaling/study';
import { HEARTBEAT_MS, STALE_MS } from '../../src/experiment/heartbeat.node';
import { runPlan } from '../../src/experiment/plans/run.node';
import { defineKind, type Job } from '../../src/experiment/public.node';
import { settingsOf } from '../../src/experiment/settings/presets';
import { Random } from '../../src/tensor/random';

/** Jobs of the test say themselves how long they take. */
interface Timed {
  readonly name: string;
  readonly seconds: number;
  readonly pieces?: number;
  readonly after?: unknown;
}

const timed = defineKind({
  name: 'timed',
  version: 1,
  check: Number,
  cost: ({ seconds }: Timed) => seconds,
  run: async () => ({ value: 0 }),
});
const model = (_: string, inputs: unknown) => {
  const { seconds, pieces = 1 } = inputs as Timed;
  return { seconds, pieces, savedBytes: 0, bytes: 100, value: 0 };
};
const outcome = (plan: (job: Job) => Promise<unknown>, world: World) => simulate(plan, model, world);
const wall = async (plan: (job: Job) => Promise<unknown>, world: World) => (await outcome(plan, world)).wall;

/** Three short jobs that are asked for first, and a long one. */
const uneven = (job: Job) =>
  Promise.all([2, 2, 2, 6].map((seconds, i) => job(timed, { name: `${i}`, seconds })));

/** Two halves, and what is made of both. */
async function joined(job: Job) {
  const halves = await Promise.all(['a', 'b'].map((name) => job(timed, { name, seconds: 3 })));
  return job(timed, { name: 'both', seconds: 4, after: halves });
}

describe('the simulation of workers', () => {
  test('one worker does all jobs one after another', async () => {
    expect(await wall(uneven, { workers: 1 })).toBe(12);
    expect(await wall(joined, { workers: 1 })).toBe(10);
  });

  test('two workers begin the longest job first: 6 beside 2 + 2 + 2, where the order of asking would take 8', async () => {
    expect(await wall(uneven, { workers: 2 })).toBe(6);
  });

  test('a job that builds on others waits for both, however many workers there are', async () => {
    expect(await wall(joined, { workers: 2 })).toBe(7);
    expect(await wall(joined, { workers: 1000 })).toBe(7);
  });

  test('a job that is asked for twice is done once', async () => {
    const twice = (job: Job) => Promise.all([1, 2].map(() => job(timed, { name: 'same', seconds: 5 })));
    expect(await outcome(twice, { workers: 2 })).toMatchObject({ wall: 5, jobs: 1, worked: 5 });
  });

  test('a machine that is taken away takes with it what was done since the job was saved', async () => {
    // The first try ends after 7.9 s, by the first draw of seed 0: one piece of 4 s is saved, and 16 s are left.
    const fails = -40 * Math.log(1 - new Random(0).uniform());
    expect(fails).toBeCloseTo(7.886, 3);
    const plan = (job: Job) => job(timed, { name: 'long', seconds: 20, pieces: 5 });
    const world = { failsAfter: 40, restart: 7, silence: [3, 3] } as const;
    const alone = await outcome(plan, { ...world, workers: 1 });
    expect(alone.failures).toBe(1);
    expect(alone.lost).toBeCloseTo(fails - 4, 9);
    expect(alone.worked).toBeCloseTo(20, 9);
    expect(alone.wall).toBeCloseTo(fails + 7 + 16, 9);
    // Another worker need not wait until the machine is replaced: only until it is missed.
    expect(await wall(plan, { ...world, workers: 2 })).toBeCloseTo(fails + 3 + 16, 9);
  });

  test('one byte after another goes to and from the store', async () => {
    // At 100 a second, an artefact takes a second. Both halves end at 3 and are written by 4 and 5; the planner reads one from
    // 5 to 6 and the other until 7. The worker reads both until 9 and works until 13; then writing and reading take 2.
    const { wall, store } = await outcome(joined, { workers: 2, storeRate: 100 });
    expect(wall).toBe(15);
    expect(store.amount).toBe(800);
  });

  test('the simulated plan asks for as many jobs of each kind as a real run of the same preset did', async () => {
    const measured = measuredSchema.parse(JSON.parse(readFileSync('bench/scaling/measured.json', 'utf8')));
    const make = experimentWithoutPictures(settingsOf('quick', 0));
    const { kinds } = await simulate((job) => runPlan(make(job)), modelFrom(measured, 1), { workers: 10 });
    // Of winners there are fewer where searches find the same cell, and the adapter is asked for with the results.
    for (const kind of ['network', 'fisher', 'distance', 'evaluate', 'search', 'choose', 'baseline']) {
      const real = measured.jobs.filter((job) => job.kind === kind).length;
      expect(kinds.get(kind)?.jobs, kind).toBe(real);
    }
  });

  test('what others know of a lost machine is what the folder store says', () => {
    expect([STALE_MS, HEARTBEAT_MS]).toEqual([1000 * STALE_SECONDS, 1000 * HEARTBEAT_SECONDS]);
  });
});
