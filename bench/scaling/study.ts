import { orderOf } from '../../src/experiment/order.node';
import { runPlan } from '../../src/experiment/plans/run.node';
import type { Plan } from '../../src/experiment/run.node';
import { settingsOf } from '../../src/experiment/settings/presets';
import type { Measured } from './measured';
import { modelFrom } from './model';
import { experimentWithoutPictures } from './paper';
import { ADAPTER, type Outcome, simulate, type World } from './simulate';

export const WORKERS = [1, 10, 100, 1000] as const;
/** Points of the picture beside those, where machines stay. */
const BETWEEN = [2, 5, 20, 50, 200, 500] as const;
/** More than there are jobs. */
const UNBOUNDED = 10_000;
/** Mean hours from a try's begin until its machine is taken away. */
export const MEAN_HOURS = [24, 6, 1] as const;
/** How many times as fast as the measured machine. */
export const SPEEDS = [1, 100] as const;
export const STORE_RATE = 1e9;
/** Until a machine that is taken away has another in its place. */
export const RESTART_SECONDS = 120;
/**
 * How long others wait for a job whose machine is gone: its lease in the folder store is stale after 60 s without a sign of
 * life, which comes every 10 s (src/experiment/heartbeat.node.ts); the queue would notice after 15 to 20.
 */
export const STALE_SECONDS = 60;
export const HEARTBEAT_SECONDS = 10;

export interface Run {
  readonly workers: number;
  /** Undefined where machines stay. */
  readonly meanHours?: number;
  readonly outcome: Outcome;
}

export interface Study {
  readonly speed: number;
  readonly runs: readonly Run[];
  /** With a worker for every job. */
  readonly unbounded: Outcome;
  /** Machines stay, and kinds say what their jobs take to the second. */
  readonly foreseen: readonly Run[];
}

/** The paper preset by so many workers, with machines that stay and that are taken away. */
export async function studyAt(speed: number, measured: Measured): Promise<Study> {
  const make = experimentWithoutPictures(settingsOf('paper', 0));
  const model = modelFrom(measured, speed);
  const { queue, hashBytesPerSecond } = measured;
  const world: Omit<World, 'workers'> = {
    restart: RESTART_SECONDS,
    silence: [STALE_SECONDS - HEARTBEAT_SECONDS, STALE_SECONDS],
    storeRate: STORE_RATE,
    planner: { job: queue.plannerCpuPerJob, byte: 1 / hashBytesPerSecond, busy: queue.busy.plannerCpu },
    queue: { job: queue.serverCpuPerJob, busy: queue.busy.serverCpu, idle: queue.idle.serverCpu },
  };
  const plan: Plan<unknown> = (job) => runPlan(make(job));
  const foreseen: Plan<unknown> = (job) =>
    plan((kind, inputs, label) => {
      const cost = () => model(kind.name, inputs, orderOf(kind, inputs, ADAPTER).order).seconds;
      return job({ ...kind, cost }, inputs, label);
    });
  const of = async (workers: number, plan: Plan<unknown>, meanHours?: number): Promise<Run> => {
    const failsAfter = meanHours && 3600 * meanHours;
    const outcome = await simulate(plan, model, { ...world, workers, failsAfter });
    return { workers, ...(meanHours && { meanHours }), outcome };
  };
  const each = async (counts: readonly number[], plan: Plan<unknown>, meanHours?: number) => {
    const runs: Run[] = [];
    for (const workers of counts) runs.push(await of(workers, plan, meanHours));
    return runs;
  };
  const runs = await each(
    [...WORKERS, ...BETWEEN].sort((a, b) => a - b),
    plan,
  );
  for (const hours of MEAN_HOURS) runs.push(...(await each(WORKERS, plan, hours)));
  const { outcome: unbounded } = await of(UNBOUNDED, plan);
  return {
    speed,
    runs,
    unbounded,
    foreseen: await each(WORKERS, foreseen),
  };
}
