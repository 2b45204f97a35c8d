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

/** JavaScript's time of an Adam step that was captured, beside that of the same step run anew. */
export async function* captureRows(bench: Bench): AsyncGenerator<Row> {
  for (const trained of TRAINED_NETS) {
    const facts = factsOf(trained);
    if (isWanted(bench, facts)) yield* trustedRows(facts, scriptRows(bench, trained));
  }
}
