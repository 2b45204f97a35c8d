import { conv2d } from '../../src/ops/conv2d/conv2d';
import { matmul } from '../../src/ops/matmul/matmul';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { type Bench, isWanted, type Suite } from '../bench';
import { kernelsOf, TOLERANCE, trustedRows } from '../case';
import { type Contestant, compete } from '../contest';
import { largestDifference, noise, sizeOf } from '../data';
import { smallCifar, TRAINED_NETS, type TrainedNet, trainedResnet } from '../nets/nets';
import { openTraining } from '../nets/training';
import { ourContestant } from '../ours';
import type { Row, Target } from '../row';
import { networkWork, type PeerArray, type PeerWork, Torch } from '../torch';
import { FisherWork } from './fisher';

const NAME = 'PyTorch';
const BYTES_PER_MB = 1e6;

/** What is timed beside PyTorch. */
interface Versus {
  readonly work: string;
  readonly shape: string;
  readonly target?: Target;
  readonly flops?: number;
  /** Runs whose results are compared, and how far they may differ. */
  readonly checks: number;
  readonly tolerance?: number;
  readonly open: (gpu: Gpu) => { readonly ours: Contestant; readonly theirs: PeerWork };
}

const noiseOf = (shape: readonly number[], seed: number): PeerArray => ({
  shape,
  data: noise(sizeOf(shape), seed),
});

/** An op on two arrays of noise. */
function opCase(
  facts: Pick<Versus, 'work' | 'shape' | 'flops'>,
  shapes: readonly [number[], number[]],
  theirs: Pick<PeerWork, 'work' | 'facts'>,
  run: (x: Tensor, y: Tensor) => Tensor,
): Versus {
  const arrays = shapes.map((shape, seed) => noiseOf(shape, seed));
  return {
    ...facts,
    checks: 1,
    open: (gpu) => {
      const [x, y] = arrays.map(({ data, shape }) => gpu.tensor(data, shape));
      return { ours: ourContestant(gpu, () => run(x, y), [x, y]), theirs: { ...theirs, arrays } };
    },
  };
}

const matmulCase = (n: number): Versus =>
  opCase(
    { work: 'matmul', shape: `${n}³`, flops: 2 * n ** 3 },
    [
      [n, n],
      [n, n],
    ],
    { work: 'matmul' },
    (a, b) => matmul(a, b),
  );

function convCase(batch: number, from: number, to: number, kernel: number): Versus {
  const size = 28;
  const padding = (kernel - 1) / 2;
  const flops = 2 * batch * to * size * size * from * kernel * kernel;
  return opCase(
    { work: 'conv2d, forward', shape: `${kernel}×${kernel}, ${from}→${to}, ${size}², batch ${batch}`, flops },
    [
      [batch, from, size, size],
      [to, from, kernel, kernel],
    ],
    { work: 'conv2d', facts: { options: { padding } } },
    (x, weight) => conv2d(x, weight, { padding }),
  );
}

const named = ({ name, images }: TrainedNet): string => `${name}, ${images.join('×')}`;

const LEAST_STEP_RATIO = new Map([
  [smallCifar, 1.3],
  [trainedResnet, 1],
]);
const OTHER_STEP_RATIO = 3;
/** Adam's first step has one length, also along a gradient that is nothing but rounding. */
const STEP_TOLERANCE = 1e-3;

const stepCase = (trained: TrainedNet): Versus => ({
  work: 'Adam step',
  shape: named(trained),
  target: { of: 'ratio', atLeast: LEAST_STEP_RATIO.get(trained) ?? OTHER_STEP_RATIO },
  // The loss of the second step shows what the first one's gradients were.
  checks: 2,
  tolerance: STEP_TOLERANCE,
  open: (gpu) => {
    const ours = openTraining(gpu, trained);
    return { ours, theirs: networkWork('step', trained, ours.state) };
  },
});

const FISHER = 'Fisher diagonal';

const fisherCase = (trained: TrainedNet): Versus => ({
  work: FISHER,
  shape: named(trained),
  target: { of: 'ratio', atLeast: 3 },
  checks: 1,
  open: (gpu) => {
    const fisher = new FisherWork(gpu, trained);
    let last = new Map<string, Tensor>();
    const forget = () => {
      for (const tensor of last.values()) tensor.dispose();
    };
    const ours: Contestant = {
      run: async () => {
        forget();
        last = await fisher.diagonal();
      },
      finish: () => gpu.runtime.idle(),
      result: async () => {
        const values: number[] = [];
        for (const tensor of last.values()) for (const value of await tensor.data()) values.push(value);
        return values;
      },
      dispose: forget,
    };
    return { ours, theirs: networkWork('fisher', trained, fisher.state) };
  },
});

const CASES: readonly Versus[] = [
  ...[256, 512, 1024].map(matmulCase),
  convCase(32, 32, 32, 3),
  convCase(64, 16, 32, 5),
  ...TRAINED_NETS.map(stepCase),
  ...[smallCifar, trainedResnet].map(fisherCase),
];

async function check(
  { checks, tolerance = TOLERANCE }: Versus,
  ours: Contestant,
  theirs: Contestant,
): Promise<void> {
  for (let i = 0; i < checks; i++) {
    for (const one of [ours, theirs]) {
      await one.run();
      await one.finish();
    }
    const difference = largestDifference(await ours.result(), await theirs.result());
    if (difference <= tolerance) continue;
    throw new Error(
      `results differ from ${NAME}'s by ${difference.toExponential(1)} of the largest value (run ${i + 1})`,
    );
  }
}

async function* versusRow(bench: Bench, torch: Torch, one: Versus): AsyncGenerator<Row> {
  const { ours, theirs } = one.open(bench.gpu);
  try {
    const peer = await torch.contestant(theirs);
    await check(one, ours, peer);
    const kernels = await kernelsOf(bench.gpu, one, ours);
    const [timing, other] = await compete([ours, peer], bench.quick);
    const { work, shape, target, flops } = one;
    const rival = { name: NAME, value: other.median, timing: other };
    yield { work, shape, target, flops, kernels, unit: 'ms', ours: timing.median, timing, rival };
  } finally {
    ours.dispose();
  }
}

/** Most megabytes, each of a process or a GPU that did nothing else. */
async function* memoryRow({ openGpu }: Bench, trained: TrainedNet, facts: MemoryFacts): AsyncGenerator<Row> {
  const gpu = await openGpu();
  const torch = Torch.open();
  if (typeof torch === 'string') return;
  try {
    const fisher = new FisherWork(gpu, trained);
    await fisher.diagonal();
    await gpu.runtime.idle();
    const peer = await torch.contestant(networkWork('fisher', trained, fisher.state));
    await peer.run();
    await peer.finish();
    const value = (await torch.peakBytes()) / BYTES_PER_MB;
    yield { ...facts, ours: gpu.memory().peakBytes / BYTES_PER_MB, rival: { name: NAME, value } };
  } finally {
    torch.close();
    gpu.dispose();
  }
}

type MemoryFacts = Pick<Row, 'work' | 'shape' | 'unit' | 'target'>;

const memoryFacts = (trained: TrainedNet): MemoryFacts => ({
  work: `${FISHER}, peak memory`,
  shape: named(trained),
  unit: 'MB',
  target: { of: 'ratio', atMost: 0.1 },
});

/** PyTorch of Debian on the same cores, in turns; left out with a word where it is missing. */
export const torchSuite: Suite = {
  name: 'torch',
  rows: async function* (bench) {
    const torch = Torch.open();
    if (typeof torch === 'string') {
      process.stderr.write(`torch: left out: ${torch}\n`);
      return;
    }
    process.stderr.write(`torch: ${await torch.describe()}\n`);
    try {
      for (const one of CASES) {
        if (!isWanted(bench, one)) continue;
        yield* trustedRows({ ...one, unit: 'ms' }, versusRow(bench, torch, one));
      }
      for (const trained of [smallCifar, trainedResnet]) {
        const facts = memoryFacts(trained);
        if (isWanted(bench, facts)) yield* trustedRows(facts, memoryRow(bench, trained, facts));
      }
    } finally {
      torch.close();
    }
  },
};
