import { join } from 'node:path';
import type { Watch } from '../../../src/experiment/execute.node';
import type { Gpu } from '../../../src/tensor/gpu';
import { Random } from '../../../src/tensor/random';
import { differences, experiment, fingerprint, inFolder } from '../experiment';
import { casesOf, type Effort, type Soak } from '../kind';

const LOSSES = 30;
/** A run goes on after so many. */
const A_RUN = 3;
/** What is going on when a device is lost. */
const MOMENTS = ['warmUp', 'dispatch', 'replay', 'read', 'pace'] as const;
type Moment = (typeof MOMENTS)[number];
type Counts = Record<Moment, number>;

const noCounts = (): Counts => ({ warmUp: 0, dispatch: 0, replay: 0, read: 0, pace: 0 });

/** The device is taken away at any moment of any stage: runs go on by themselves and end as undisturbed. */
export const lostSoak: Soak = {
  name: 'lost',
  does: `${LOSSES} lost devices over training, Fisher, search, replay, readback and warm-up: runs end bit for bit as undisturbed`,
  run: (effort) => quietly(() => inFolder('lost', (folder, data) => attack(folder, data, effort))),
};

async function attack(folder: string, data: string, effort: Effort) {
  const faults: string[] = [];
  const random = new Random(effort.seed, 2);
  const all = noCounts();
  await experiment(data, join(folder, 'whole'), {
    opened: (gpu) =>
      watch(gpu, (moment) => {
        all[moment] += 1;
      }),
  });
  const whole = await fingerprint(join(folder, 'whole'));
  const wanted = casesOf(LOSSES, effort);
  const losses = noCounts();
  const stages = new Set<string>();
  let lost = 0;
  let runs = 0;
  for (; lost < wanted && !effort.isOver(); runs++) {
    const out = join(folder, `run${runs}`);
    let left = Math.min(A_RUN, wanted - lost);
    let stage = 'the beginning';
    const opened = (gpu: Gpu) => {
      if (left === 0) return;
      const moment = MOMENTS[lost % MOMENTS.length];
      // Later devices have less to do: what was saved is not done again.
      let until = 1 + random.int(Math.max(1, Math.floor(all[moment] / 3)));
      watch(gpu, (what) => {
        if (what !== moment || --until !== 0) return;
        gpu.runtime.device.destroy();
        left -= 1;
        lost += 1;
        losses[moment] += 1;
        stages.add(stage);
      });
    };
    const progress: Watch['progress'] = ({ kind }) => {
      stage = kind;
    };
    const failed = await experiment(data, out, { opened, watch: { progress } }).then(
      () => undefined,
      (error: Error) => error.stack,
    );
    if (failed) faults.push(`run ${runs} failed: ${failed}`);
    else faults.push(...differences(whole, await fingerprint(out)).map((line) => `run ${runs}: ${line}`));
    effort.say(`${lost} losses in ${runs + 1} runs`);
    if (runs > 3 * wanted) break;
  }
  const where = MOMENTS.map((moment) => `${moment} × ${losses[moment]}`).join(', ');
  const figures = `${lost} of ${wanted} devices lost (${where}; in ${[...stages].join(', ')}), ${runs} runs, ${whole.length} files of each compared bit for bit`;
  return { figures, faults };
}

/** Has `note` told of what a GPU's runtime does. */
function watch({ runtime }: Gpu, note: (moment: Moment) => void): void {
  for (const moment of MOMENTS) {
    const before = Reflect.get(runtime, moment) as (...given: unknown[]) => unknown;
    Reflect.set(runtime, moment, (...given: unknown[]) => {
      note(moment);
      return before.apply(runtime, given);
    });
  }
}

/** Keeps what runs say from the terminal. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = (() => true) as typeof write;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}
