import { collectGarbage } from '../../runtime/collect.node';
import { smallCifarNet } from '../../src/models/seed';
import type { Gpu } from '../../src/tensor/gpu';
import { type Bench, isWanted, type Suite } from '../bench';
import { trustedRows } from '../case';
import type { Runner } from '../contest';
import { CLASSES, smallCifar, type TrainedNet, whole } from '../nets/nets';
import { openTraining } from '../nets/training';
import type { Row, Target } from '../row';

const EARLY_STEPS = 50;
const STEPS = 5000;
const QUICK_STEPS = 500;
const BYTES_PER_MB = 1e6;
/** JavaScript's heap takes in about a megabyte of compiled code and its feedback after the first steps. */
const TARGETS = {
  GPU: { of: 'ratio', atMost: 1 },
  JavaScript: { of: 'ratio', atMost: 1.1 },
  // V8's and malloc's reserves fill for some thousand steps.
  process: { of: 'ratio', atMost: 1.5 },
} satisfies Record<string, Target>;
type Place = keyof typeof TARGETS;

/** Few images and narrow layers: what a step leaves behind does not depend on them. */
const TINY: TrainedNet = {
  name: 'narrow small CIFAR net',
  images: [8, 3, 8, 8],
  peer: smallCifar.peer,
  reference: smallCifar.reference,
  open: (gpu) => whole(smallCifarNet(gpu, { classes: CLASSES, size: 8, width: 1 / 8 })),
};

/** As `fit` goes on: each step is submitted, and waits for the one before the last. */
export async function train(gpu: Gpu, { run }: Runner, steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) {
    run();
    await gpu.pace();
  }
}

const memoryFacts = ({ quick }: Bench): Pick<Row, 'work' | 'shape' | 'unit'> => ({
  work: 'memory',
  shape: `${TINY.name}, ${quick ? QUICK_STEPS : STEPS} steps`,
  unit: 'MB',
});

/** Megabytes by where they are; what is only garbage is collected first. */
async function memoryOf(gpu: Gpu): Promise<Record<Place, number>> {
  await gpu.runtime.idle();
  collectGarbage();
  const { bytesInUse, bytesPooled } = gpu.memory();
  const { heapUsed, rss } = process.memoryUsage();
  return {
    GPU: (bytesInUse + bytesPooled) / BYTES_PER_MB,
    JavaScript: heapUsed / BYTES_PER_MB,
    process: rss / BYTES_PER_MB,
  };
}

async function* memoryRows(bench: Bench): AsyncGenerator<Row> {
  const gpu = await bench.openGpu();
  try {
    const training = openTraining(gpu, TINY);
    await train(gpu, training, EARLY_STEPS);
    const early = await memoryOf(gpu);
    await train(gpu, training, (bench.quick ? QUICK_STEPS : STEPS) - EARLY_STEPS);
    const late = await memoryOf(gpu);
    for (const place of ['GPU', 'JavaScript', 'process'] as const) {
      yield {
        ...memoryFacts(bench),
        work: `memory, ${place}`,
        ours: late[place],
        rival: { name: `after ${EARLY_STEPS}`, value: early[place] },
        target: TARGETS[place],
      };
    }
  } finally {
    gpu.dispose();
  }
}

/** What many steps leave behind. */
export const enduranceSuite: Suite = {
  name: 'endurance',
  rows: async function* (bench) {
    const facts = memoryFacts(bench);
    if (isWanted(bench, facts)) yield* trustedRows(facts, memoryRows(bench));
  },
};
