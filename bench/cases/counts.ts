import { type HeapProfiler, Session } from 'node:inspector/promises';
import type { Gpu } from '../../src/tensor/gpu';
import { type Bench, isWanted, type Suite } from '../bench';
import { trustedRows } from '../case';
import { TRAINED_NETS, type TrainedNet } from '../nets/nets';
import { openTraining } from '../nets/training';
import type { Row } from '../row';
import { train } from './endurance';

/** Enough that the share of a step in what happens only now and then is seen. */
const STEPS = 10;
/** Mean bytes between two allocations that are looked at. */
const SAMPLING_BYTES = 512;
const BYTES_PER_KB = 1000;

const factsOf = ({ name, images }: TrainedNet) =>
  ({ work: 'counts of an Adam step', shape: `${name}, ${images.join('×')}`, unit: 'dispatches' }) as const;

const bytesIn = ({ selfSize, children }: HeapProfiler.SamplingHeapProfileNode): number =>
  children.reduce((sum, child) => sum + bytesIn(child), selfSize);

/** Kilobytes of objects that JavaScript makes in `work`, garbage included, by V8's sampling of allocations. */
async function allocated(work: () => Promise<void>): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: SAMPLING_BYTES,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    await work();
    const { profile } = await session.post('HeapProfiler.stopSampling');
    return bytesIn(profile.head) / BYTES_PER_KB;
  } finally {
    session.disconnect();
  }
}

interface Counts {
  readonly dispatches: number;
  readonly submits: number;
  readonly readbacks: number;
  readonly kilobytes: number;
}

/** Of a step, in the mean over some. */
async function countsOf(gpu: Gpu, run: () => void | Promise<void>): Promise<Counts> {
  const { recorder, readback } = gpu.runtime;
  const steps = () => train(gpu, { run, finish: () => gpu.runtime.idle() }, STEPS);
  await steps();
  const before = { ...recorder, readbacks: readback.readbacks };
  const kilobytes = await allocated(steps);
  return {
    dispatches: (recorder.dispatches - before.dispatches) / STEPS,
    submits: (recorder.submits - before.submits) / STEPS,
    readbacks: (readback.readbacks - before.readbacks) / STEPS,
    kilobytes: kilobytes / STEPS,
  };
}

async function* countRows({ openGpu }: Bench, trained: TrainedNet): AsyncGenerator<Row> {
  const gpu = await openGpu();
  const { shape } = factsOf(trained);
  const count = (work: string, ours: number, unit: Row['unit'], atMost?: number): Row => ({
    ...{ work, shape, unit, ours },
    ...(atMost !== undefined && { target: { of: 'ours', atMost } }),
  });
  try {
    const { run, eager } = openTraining(gpu, trained);
    await run();
    await gpu.runtime.idle();
    yield count('pipelines of the first step', gpu.runtime.pipelines.size, 'pipelines');
    const replayed = await countsOf(gpu, run);
    const anew = await countsOf(gpu, eager);
    yield count('dispatches a step', replayed.dispatches, 'dispatches');
    yield count('submits a step', replayed.submits, 'submits', 4);
    yield count('readbacks a step', replayed.readbacks, 'readbacks', 0);
    yield count('dispatches an eager step', anew.dispatches, 'dispatches');
    const rival = { name: 'replayed', value: replayed.kilobytes };
    yield { ...count('JavaScript objects an eager step', anew.kilobytes, 'kB'), rival };
  } finally {
    gpu.dispose();
  }
}

/** What is the same beside other work: counts, and bytes of objects. */
export const countsSuite: Suite = {
  name: 'counts',
  rows: async function* (bench) {
    for (const trained of TRAINED_NETS) {
      const facts = factsOf(trained);
      if (isWanted(bench, facts)) yield* trustedRows(facts, countRows(bench, trained));
    }
  },
};
