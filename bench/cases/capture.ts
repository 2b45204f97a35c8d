import type { Gpu } from '../../src/tensor/gpu';
import { type Bench, isWanted } from '../bench';
import { trustedRows } from '../case';
import { FEW_MEASUREMENTS, MEASUREMENTS, median } from '../contest';
import { TRAINED_NETS, type TrainedNet } from '../nets/nets';
import { openTraining } from '../nets/training';
import type { Row } from '../row';

/** Calls after which a step is captured, and has been replayed once. */
const WARM_UP = 3;

const factsOf = ({ name, images }: TrainedNet) =>
  ({ work: 'JavaScript a step, replayed', shape: `${name}, ${images.join('×')}`, unit: 'ms' }) as const;

/** Steps after which V8 has optimised what an eager step runs, and as many are timed. */
const STEPS = 100;
/** So small a batch that JavaScript has one core for itself. */
const FEW_IMAGES = 2;

const warmFactsOf = ({ name, images: [, ...shape] }: TrainedNet) =>
  ({
    work: 'JavaScript an eager step, warm',
    shape: `${name}, ${[FEW_IMAGES, ...shape].join('×')}`,
    unit: 'ms',
  }) as const;

/** Milliseconds that JavaScript works until the GPU has all of a step, which waits for nothing. */
async function scriptTime(gpu: Gpu, step: () => void | Promise<void>): Promise<number> {
  await gpu.runtime.idle();
  const start = performance.now();
  step();
  gpu.runtime.recorder.submit();
  return performance.now() - start;
}

async function* scriptRows({ gpu, quick }: Bench, trained: TrainedNet): AsyncGenerator<Row> {
  const { run, eager, dispose } = openTraining(gpu, trained);
  const times = { replayed: [] as number[], eager: [] as number[] };
  try {
    for (let i = 0; i < WARM_UP; i++) await run();
    for (let i = 0; i < (quick ? FEW_MEASUREMENTS : MEASUREMENTS); i++) {
      times.eager.push(await scriptTime(gpu, eager));
      times.replayed.push(await scriptTime(gpu, run));
    }
    await gpu.runtime.idle();
    const rival = { name: 'eager', value: median(times.eager) };
    yield { ...factsOf(trained), ours: median(times.replayed), rival };
  } finally {
    dispose();
  }
}

/** The least of many warm steps, for other work on the machine only adds to it. */
async function* warmRows({ gpu }: Bench, trained: TrainedNet): AsyncGenerator<Row> {
  const [, ...shape] = trained.images;
  const { run, eager, dispose } = openTraining(gpu, { ...trained, images: [FEW_IMAGES, ...shape] });
  const least = { replayed: Number.POSITIVE_INFINITY, eager: Number.POSITIVE_INFINITY };
  try {
    for (let i = 0; i < 2 * STEPS; i++) {
      const times = { eager: await scriptTime(gpu, eager), replayed: await scriptTime(gpu, run) };
      if (i < STEPS) continue;
      least.eager = Math.min(least.eager, times.eager);
      least.replayed = Math.min(least.replayed, times.replayed);
    }
    await gpu.runtime.idle();
    yield { ...warmFactsOf(trained), ours: least.eager, rival: { name: 'replayed', value: least.replayed } };
  } finally {
    dispose();
  }
}

/** JavaScript's time of an Adam step that was captured, beside that of the same step run anew. */
export async function* captureRows(bench: Bench): AsyncGenerator<Row> {
  for (const trained of TRAINED_NETS) {
    const facts = factsOf(trained);
    if (isWanted(bench, facts)) yield* trustedRows(facts, scriptRows(bench, trained));
    const warm = warmFactsOf(trained);
    if (isWanted(bench, warm)) yield* trustedRows(warm, warmRows(bench, trained));
  }
}
