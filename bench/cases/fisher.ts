import { backward } from '../../src/autograd/backward';
import { diagonal } from '../../src/fisher/diagonal';
import { crossEntropy, IGNORE_INDEX } from '../../src/ops/cross-entropy';
import { slice } from '../../src/ops/reshape';
import type { Gpu } from '../../src/tensor/gpu';
import type { Tensor } from '../../src/tensor/tensor';
import { type Bench, isWanted, type Suite } from '../bench';
import { TOLERANCE, trustedRows } from '../case';
import { compete } from '../contest';
import { largestDifference } from '../data';
import { FISHER_NETS, type TimedNet } from '../nets/nets';
import type { State } from '../nets/start';
import { type Images, openImages, openNet } from '../nets/training';
import type { Row } from '../row';

const TIME = { work: 'Fisher diagonal, time', unit: 'ms' } as const;
const MEMORY = { work: 'Fisher diagonal, peak memory', unit: 'MB' } as const;
const PASS = 'backward pass';
const BYTES_PER_MB = 1e6;

/** The Fisher's diagonal, and what it is measured by: an ordinary pass, and one pass a sample. */
export class FisherWork {
  /** What the network began with. */
  readonly state: State;
  private readonly net;
  private readonly images: Images;
  readonly samples: number;

  constructor(
    private readonly gpu: Gpu,
    timed: TimedNet,
  ) {
    const { net, state } = openNet(gpu, timed);
    this.net = net;
    this.state = state;
    this.images = openImages(gpu, timed);
    this.samples = timed.images[0];
  }

  diagonal(): Promise<Map<string, Tensor>> {
    return diagonal(this.net, [this.images]);
  }

  /** Gradients of the mean loss, handed to `use` and freed. */
  pass({ inputs, labels } = this.images, use: (name: string, grad: Tensor) => void = () => undefined): void {
    this.gpu.scope(() => {
      backward(crossEntropy(this.net.forward(inputs), labels));
      for (const [name, parameter] of this.net.parameters()) {
        const { grad } = parameter;
        if (!grad) continue;
        use(name, grad);
        grad.dispose();
        parameter.grad = null;
      }
    });
  }

  /** The batch, a sample at a time. */
  singles(): Images[] {
    const { inputs, labels } = this.images;
    return Array.from({ length: this.samples }, (_, n) => ({
      inputs: slice(inputs, 0, n, n + 1),
      labels: slice(labels, 0, n, n + 1),
    }));
  }

  /**
   * The batch as often as it has samples, each time with all labels but one ignored: gradients of single samples. A batch of one
   * goes through other kernels, which round otherwise, and the largest of a pool's window may be another pixel then.
   */
  async alone(): Promise<Images[]> {
    const { inputs, labels } = this.images;
    const all = Int32Array.from(await labels.data());
    return Array.from({ length: this.samples }, (_, n) => ({
      inputs,
      labels: this.gpu.tensor(
        all.map((label, i) => (i === n ? label : IGNORE_INDEX)),
        labels.shape,
      ),
    }));
  }

  /** Sums of the squared gradients of one sample each: the diagonal by its definition, but for the division by N. */
  async sums(singles: readonly Images[]): Promise<Map<string, Tensor>> {
    const { gpu, net } = this;
    const sums = new Map([...net.parameters()].map(([name, { shape }]) => [name, gpu.zeros(shape)]));
    for (const one of singles) {
      this.pass(one, (name, grad) => {
        const into = sums.get(name);
        if (into) gpu.kernels.elementwise('old + g * g', { g: grad }, { into });
      });
      await gpu.pace();
    }
    return sums;
  }

  /** @throws Error if the diagonal differs from its definition */
  async check(): Promise<void> {
    const found = await this.diagonal();
    const alone = await this.alone();
    const sums = await this.sums(alone);
    for (const [name, sum] of sums) {
      const expected = (await sum.data()).map((value) => value / this.samples);
      const values = await found.get(name)?.data();
      const difference = largestDifference(values ?? [], expected);
      if (difference <= TOLERANCE) continue;
      const share = difference.toExponential(1);
      throw new Error(`${name} differs from the squares of single samples by ${share} of the largest value`);
    }
    for (const tensor of [...found.values(), ...sums.values()]) tensor.dispose();
    for (const { labels } of alone) labels.dispose();
  }
}

type Named = { readonly work: string; readonly shape: string };

async function* timeRows(
  { openGpu, quick }: Bench,
  timed: TimedNet,
  name: Named & typeof TIME,
): AsyncGenerator<Row> {
  const gpu = await openGpu();
  try {
    const work = new FisherWork(gpu, timed);
    const singles = work.singles();
    await work.check();
    const finish = () => gpu.runtime.idle();
    const runDiagonal = async () => {
      for (const tensor of (await work.diagonal()).values()) tensor.dispose();
    };
    const runSingles = async () => {
      for (const tensor of (await work.sums(singles)).values()) tensor.dispose();
    };
    const runs = [runDiagonal, () => work.pass(), runSingles];
    const [ours, pass, alone] = await compete(
      runs.map((run) => ({ run, finish })),
      quick,
    );
    const row = { ...name, ours: ours.median, timing: ours };
    yield {
      ...row,
      rival: { name: PASS, value: pass.median, timing: pass },
      target: { of: 'ratio', atMost: 2 },
    };
    yield {
      ...row,
      rival: { name: `${work.samples} single passes, squared and added`, value: alone.median, timing: alone },
      target: { of: 'ratio', atLeast: 20 },
    };
  } finally {
    gpu.dispose();
  }
}

/** Most megabytes in use at once, on a GPU that did nothing else. */
async function peakOf(
  { openGpu }: Bench,
  timed: TimedNet,
  run: (work: FisherWork) => unknown,
): Promise<number> {
  const gpu = await openGpu();
  try {
    await run(new FisherWork(gpu, timed));
    await gpu.runtime.idle();
    return gpu.memory().peakBytes / BYTES_PER_MB;
  } finally {
    gpu.dispose();
  }
}

async function* memoryRows(bench: Bench, timed: TimedNet, name: Named & typeof MEMORY): AsyncGenerator<Row> {
  const ours = await peakOf(bench, timed, (work) => work.diagonal());
  const value = await peakOf(bench, timed, (work) => work.pass());
  yield { ...name, ours, rival: { name: PASS, value }, target: { of: 'ratio', atMost: 1.2 } };
}

/** The diagonal of the Fisher against gradients of the same network and batch. */
export const fisherSuite: Suite = {
  name: 'fisher',
  rows: async function* (bench) {
    for (const timed of FISHER_NETS) {
      const shape = `${timed.name}, ${timed.images.join('×')}`;
      const [time, memory] = [
        { ...TIME, shape },
        { ...MEMORY, shape },
      ];
      if (isWanted(bench, time)) yield* trustedRows(time, timeRows(bench, timed, time));
      if (isWanted(bench, memory)) yield* trustedRows(memory, memoryRows(bench, timed, memory));
    }
  },
};
