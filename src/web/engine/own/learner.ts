import { TaskgradError } from '../../../../runtime/errors';
import { noGrad } from '../../../autograd/tape';
import { batches } from '../../../data/batches';
import { diagonal } from '../../../fisher/diagonal';
import { distanceMatrix } from '../../../fisher/matrix';
import { keyOf } from '../../../fisher/sides';
import { encode } from '../../../nas/saved-network';
import type { Module } from '../../../nn/module';
import { softmax } from '../../../ops/softmax';
import { mnistTasks } from '../../../tasks/catalogue';
import { numClasses, type Task } from '../../../tasks/task';
import { evaluate } from '../../../training/evaluate';
import { SIDE } from '../../digit';
import type { Collected, OwnAsk, OwnEpoch, OwnFormat, OwnReport, OwnTrained } from '../../own/protocol';
import type { MatrixCell, NamedFile, NetworkChoice } from '../../protocol';
import { layersOf } from '../fisher-picture';
import type { Job } from '../job';
import type { Keeper } from '../keeper';
import { type Lab, SEED } from '../lab';
import { asOnnx } from '../onnx-file';
import { copyOut, type HostTensors } from '../snapshot';
import { learn, MnistNetworks, mnistImages } from './networks';
import {
  checkCollected,
  checkOwnMeasured,
  checkOwnNetwork,
  type OwnMeasured,
  type OwnNetworkRecord,
} from './records';
import { searchOwn, spaceOf } from './search';
import { aboutOwn, freshNetwork, OwnImages, type OwnSet, ownSet } from './world';

const BATCH = 16;
const LR = 2e-3;
/** A network sees few pictures often. */
const STEPS = 400;
const QUICK_STEPS = 60;
/** Test images of MNIST that distances are measured on, as between its own tasks. */
const IMAGES = 400;
const QUICK_IMAGES = 50;
const FISHER_BATCH = 50;
/** What is collected changes often; it is kept once it rests for a moment. */
const REST_MS = 300;
const TASKS = mnistTasks.length + 1;
const PAIRS = TASKS * (TASKS - 1);

/** What is known of the pictures that came last. */
interface Own extends OwnSet {
  readonly network: NetworkChoice;
  readonly channels: 1 | 3;
  /** The trained network; it outlives a lost device. */
  weights?: HostTensors;
  /** What was measured and found with it. */
  measured?: OwnMeasured;
}

/** Own pictures as a task: trained on, measured, compared with MNIST's tasks, searched for. */
export class OwnLearner {
  private readonly mnist = new MnistNetworks();
  private own: Own | undefined;
  private opened: OwnImages | undefined;
  private namer: { readonly of: Own; readonly lab: Lab; readonly net: Module } | undefined;
  private resting: ReturnType<typeof setTimeout> | undefined;
  /** Whether the page was told of kept pictures. */
  private isTold = false;

  /** Takes up what the browser kept. */
  async restore({ tell, keeper }: Pick<Job, 'tell' | 'keeper'>): Promise<void> {
    const say = (own: OwnReport) => tell({ type: 'own', own });
    // The page that is opened again has them, and perhaps more.
    const collected = this.isTold ? undefined : await keeper.read('own pictures', checkCollected);
    this.isTold = true;
    if (collected) say({ type: 'collected', collected });
    const kept = await keeper.read('own network', (value) => {
      const record = checkOwnNetwork(value);
      const { pictures, trained, weights } = record;
      const { network, channels } = trained;
      this.own = { ...ownSet(pictures), network, channels, weights, measured: { of: record.at } };
      return record;
    });
    if (!kept || !this.own) return;
    say({ type: 'trained', trained: kept.trained });
    const measured = await keeper.read('own measured', checkOwnMeasured);
    if (measured?.of !== kept.at) return;
    this.own.measured = measured;
    const { fisher, cells, search } = measured;
    if (fisher) say(fisher);
    if (cells) say({ type: 'distances', cells, total: PAIRS });
    if (search) say({ type: 'search', search });
  }

  /** Keeps what a person has collected. */
  collect(keeper: Keeper, collected: Collected): void {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => keeper.write('own pictures', collected), REST_MS);
  }

  /** Does what is asked, once the GPU is free. */
  async work(job: Job, ask: Exclude<OwnAsk, { type: 'name' | 'keep' | 'file' }>): Promise<void> {
    if (ask.type === 'train') return this.train(job, ask);
    const own = this.known();
    if (ask.type === 'fisher') return this.fisher(job, own);
    if (ask.type === 'compare') return this.compare(job, own, ask.known);
    const search = await searchOwn(job, own, this.imagesOf(job.lab, own), spaceOf(ask.closest, ask.known));
    this.measure(job, own, { search });
  }

  /** Forgets the pictures and what was learnt of them. */
  forget(): void {
    clearTimeout(this.resting);
    this.opened?.dispose();
    this.namer?.net.dispose();
    this.own = this.opened = this.namer = undefined;
  }

  /** What the trained network says of a picture, [channels, 28, 28]; nothing before there is one. */
  async name(lab: Lab, quick: boolean, pixels: Uint8Array): Promise<readonly number[] | undefined> {
    const { own } = this;
    if (!own?.weights) return undefined;
    if (this.namer?.of !== own || this.namer.lab !== lab) {
      this.namer?.net.dispose();
      this.namer = { of: own, lab, net: this.trained(lab, quick, own) };
    }
    const { net } = this.namer;
    const { mean, std } = own.set;
    const area = SIDE * SIDE;
    const seen = Float32Array.from(pixels, (value, i) => {
      const channel = Math.floor(i / area);
      return (value / 255 - mean[channel]) / std[channel];
    });
    const output = lab.gpu.scope(() =>
      noGrad(() => softmax(net.forward(lab.gpu.tensor(seen, [1, own.channels, SIDE, SIDE])), 1)),
    );
    const probabilities = [...(await output.data())];
    output.dispose();
    return probabilities;
  }

  /** The trained network as a file; nothing before there is one. */
  async file(lab: Lab, quick: boolean, format: OwnFormat): Promise<NamedFile | undefined> {
    const { own } = this;
    if (!own?.weights) return undefined;
    const net = this.trained(lab, quick, own);
    const about = aboutOwn(own.network, own, quick);
    try {
      const bytes = format === 'onnx' ? await asOnnx(net, about) : Uint8Array.from(await encode(net, about));
      return { name: `own-${own.network}.${format}`, bytes };
    } finally {
      net.dispose();
    }
  }

  private async train(job: Job, { pictures, network }: Extract<OwnAsk, { type: 'train' }>): Promise<void> {
    const { lab, signal, tell, quick, keeper } = job;
    const own: Own = { ...ownSet(pictures), network, channels: pictures.channels };
    this.own = own;
    const { images } = this.imagesOf(lab, own);
    const count = own.train.labels.length;
    const steps = quick ? QUICK_STEPS : STEPS;
    const totalEpochs = Math.max(2, Math.round((steps * BATCH) / count));
    const epochs: OwnEpoch[] = [];
    const trainedNow = (): OwnTrained => {
      const { classes } = own.set;
      const parts = { train: count, test: own.test.labels.length };
      const about = { network, classes, channels: own.channels, totalEpochs, images: parts };
      return { ...about, epochs: [...epochs] };
    };
    const show = (trained = trainedNow()) => tell({ type: 'own', own: { type: 'trained', trained } });
    show();
    const net = freshNetwork(lab, network, own.task, { channels: own.channels, quick });
    try {
      await learn(net, images, own.train, {
        ...{ name: 'your pictures', epochs: totalEpochs, batchSize: BATCH, lr: LR, signal },
        onStep: (done, total) => tell({ type: 'progress', text: `Step ${done} of ${total}`, done, total }),
        onEpoch: ({ loss, accuracy }) => {
          epochs.push({ loss, accuracy });
          return show();
        },
      });
      const { accuracy } = await evaluate(net, images, own.test, FISHER_BATCH);
      const weights = await copyOut(net.stateDict());
      const trained = { ...trainedNow(), testAccuracy: accuracy };
      const at = Date.now();
      own.weights = weights;
      own.measured = { of: at };
      keeper.write('own network', { at, pictures, trained, weights } satisfies OwnNetworkRecord);
      show(trained);
    } finally {
      net.dispose();
    }
  }

  /** Takes note of something that was measured or found, and keeps it. */
  private measure({ keeper }: Job, own: Own, more: Partial<OwnMeasured>): void {
    if (!own.measured) return;
    own.measured = { ...own.measured, ...more };
    keeper.write('own measured', own.measured);
  }

  private async fisher(job: Job, own: Own): Promise<void> {
    const { lab, tell, quick } = job;
    const net = this.trained(lab, quick, own);
    try {
      const classes = numClasses(own.task);
      const found = await diagonal(net, this.imagesOf(lab, own).batches(own.test, FISHER_BATCH), { classes });
      const layers = layersOf(await copyOut(found));
      for (const tensor of found.values()) tensor.dispose();
      const fisher = { type: 'fisher', layers, images: own.test.labels.length } as const;
      this.measure(job, own, { fisher });
      tell({ type: 'own', own: fisher });
    } finally {
      net.dispose();
    }
  }

  private async compare(job: Job, own: Own, between: readonly MatrixCell[]): Promise<void> {
    const { lab, tell, quick, signal } = job;
    const tasks: readonly Task[] = [...mnistTasks, own.task];
    const before = own.measured?.cells ?? [];
    // Distances between MNIST's tasks are known for grey pictures only.
    const others = own.channels === 1 ? between : [];
    const cells = [...before, ...others.filter((cell) => !before.some((one) => isSame(one, cell)))];
    const known = Object.fromEntries(
      cells.map(({ source, target, logdet, frechet }) => {
        const side = (id: string) => ({ task: { id }, seeds: [SEED] });
        const key = keyOf({ source: side(source), target: side(target) });
        return [key, { logdet, frechet, overEpsilon: [], below: 0 }];
      }),
    );
    const show = () => {
      tell({ type: 'own', own: { type: 'distances', cells: [...cells], total: PAIRS } });
      tell({ type: 'progress', text: 'Distances to MNIST’s tasks', done: cells.length, total: PAIRS });
    };
    show();
    const nets: Module[] = [];
    try {
      await distanceMatrix({
        ...{ tasks, seeds: [SEED], known, signal },
        networkOf: async (task) => {
          const net =
            task === own.task
              ? this.trained(lab, quick, own)
              : await this.mnist.network(job, own.network, task, own.channels);
          nets.push(net);
          return net;
        },
        dataOf: (task) => ({
          batches: () =>
            task === own.task
              ? this.imagesOf(lab, own).batches(own.test, FISHER_BATCH)
              : mnistBatches(job, own.channels, task),
          classes: numClasses(task),
        }),
        onCell: ({ source, target, logdet, frechet }) => {
          cells.push({ source, target, logdet, frechet });
          this.measure(job, own, { cells: [...cells] });
          show();
        },
      });
    } finally {
      for (const net of nets) net.dispose();
    }
  }

  /** The network that was trained, the caller's to dispose of. */
  private trained(lab: Lab, quick: boolean, own: Own): Module {
    const net = freshNetwork(lab, own.network, own.task, { channels: own.channels, quick });
    if (own.weights) net.loadStateDict(own.weights);
    net.eval();
    return net;
  }

  private imagesOf(lab: Lab, own: Own): OwnImages {
    if (this.opened?.lab === lab && this.opened.of === own) return this.opened;
    this.opened?.dispose();
    this.opened = new OwnImages(lab, own);
    return this.opened;
  }

  private known(): Own {
    if (this.own?.weights) return this.own;
    throw new TaskgradError('DEMO_OWN', 'there is no network of your pictures yet; train one first');
  }
}

const isSame = (one: MatrixCell, other: MatrixCell) =>
  one.source === other.source && one.target === other.target;

/** A task's test images with so many channels. */
function mnistBatches(job: Job, channels: 1 | 3, task: Task) {
  const { indices, labels } = job.lab.split(task, 'test', job.quick ? QUICK_IMAGES : IMAGES);
  return batches(mnistImages(job, channels).test, { indices, labels }, { batchSize: FISHER_BATCH });
}
