import { TaskgradError } from '../../../runtime/errors';
import { batchCount } from '../../data/epoch-order';
import type { LoadedNetwork, NetworkAbout } from '../../nas/saved-network';
import { Adam } from '../../optim/adam';
import type { Split } from '../../tasks/task';
import { BatchFeed, FeedSteps } from '../../training/batch-feed';
import { NanLossError } from '../../training/errors';
import { learn } from '../../training/learn';
import { type Measure, RunningStats } from '../../training/stats';
import { warmUp } from '../../training/warm-up';
import type { Curves } from '../curves';
import type {
  Activations,
  Filters,
  NamedFile,
  NetworkChoice,
  Subject,
  TestAnswers,
  TrainSettings,
} from '../protocol';
import { activationsOf } from './activations';
import { judgeTest } from './answers';
import { type Lab, type SeenImages, taskOf } from './lab';
import { asOnnx } from './onnx-file';
import { copyOut, type HostTensors } from './snapshot';

const TEST_IMAGES = 500;
const TEST_BATCH = 100;
const MOST_FILTERS = 18;
/** Of wrong images that are shown. */
const MOST_WRONG = 40;

/** A run as the page's memory holds it. */
export interface TrainState {
  readonly settings: TrainSettings;
  /** Of its network. */
  readonly about: NetworkAbout;
  /** The file that its first weights are from. */
  readonly origin?: string;
  /** Steps made. */
  readonly step: number;
  readonly net: HostTensors;
  /** None of a network out of a file that has none. */
  readonly adam?: { readonly steps: number; readonly tensors: HostTensors };
}

/** A run as the browser keeps it. */
export interface RunRecord extends TrainState {
  readonly curves: Curves;
  /** Of the last test. */
  readonly answers?: TestAnswers;
}

/** One network in training, a step at a time. A run opened from a state goes on as if it had never been left. */
export class TrainRun {
  readonly net: LoadedNetwork['net'];
  readonly about: NetworkAbout;
  step: number;
  private readonly seen: SeenImages;
  private readonly adam: Adam;
  private readonly split: Split;
  /** Its steps, once there are images for them. */
  private steps: { readonly feed: BatchFeed; readonly training: FeedSteps } | undefined;
  private readonly stats: RunningStats;

  constructor(
    private readonly lab: Lab,
    readonly settings: TrainSettings,
    private readonly from?: TrainState,
  ) {
    const task = taskOf(settings.task);
    const { seed } = settings;
    this.about = from?.about ?? lab.aboutNetwork(checkNew(settings), task);
    this.seen = lab.seenBy(this.about);
    this.split = lab.split(task, 'train', undefined, seed);
    this.net = lab.make(this.about, seed);
    this.adam = new Adam(this.net.parameters(), { lr: settings.lr });
    this.stats = new RunningStats(lab.gpu);
    this.step = from?.step ?? 0;
    if (!from) return;
    this.net.loadStateDict(from.net);
    if (from.adam) this.adam.loadState(from.adam);
  }

  get stepsPerEpoch(): number {
    return batchCount(this.split, this.settings);
  }

  get epoch(): number {
    return Math.floor(this.step / this.stepsPerEpoch);
  }

  /** Compiles what the steps need. */
  warmUp(): Promise<void> {
    const { net, seen, split, adam: optimizer } = this;
    return warmUp(net, seen.train, Math.min(this.settings.batchSize, split.indices.length), { optimizer });
  }

  /** Makes a step; nothing waits. @returns images in its batch */
  advance(): number {
    const { net, step } = this;
    const { feed, training } = this.opened();
    net.train();
    net.seek(step);
    training.make(step);
    this.step += 1;
    return feed.size;
  }

  /** Loss and accuracy since the last look; waits for the GPU. @throws NanLossError */
  async look(): Promise<Measure> {
    const reading = this.stats.read();
    this.stats.reset();
    const { loss, accuracy, badStep } = await reading;
    if (badStep !== undefined) {
      const epoch = Math.floor(badStep / this.stepsPerEpoch);
      throw new NanLossError(`task ${this.settings.task}`, epoch, badStep % this.stepsPerEpoch);
    }
    return { loss, accuracy };
  }

  /** Loss and accuracy on test images, at most five hundred, and what they are taken for. */
  async test(): Promise<{ measure: Measure; answers: TestAnswers }> {
    const { seen, net, step } = this;
    const split = this.tested();
    const { classes } = taskOf(this.settings.task);
    const { loss, accuracy, confusion, mistakes } = await judgeTest(seen.test, net, split, TEST_BATCH);
    const wrong = mistakes.slice(0, MOST_WRONG).map(({ place, label, answer, probability }) => ({
      place,
      image: this.pixels(split.indices[place]),
      label: classes[label],
      answer: classes[answer],
      probability,
    }));
    const images = split.indices.length;
    return {
      measure: { loss, accuracy },
      answers: { step, classes, images, confusion, mistakes: mistakes.length, wrong },
    };
  }

  /** What the layers make of a digit. */
  async activations(subject: Subject): Promise<Activations> {
    const { lab, about, net, step } = this;
    const { classes } = about;
    const split = this.tested();
    const place = subject.kind === 'test' ? subject.place % split.indices.length : undefined;
    const image = subject.kind === 'drawn' ? subject.pixels : this.pixels(split.indices[place ?? 0]);
    const input = lab.image(about, image);
    try {
      const { layers, probabilities } = await activationsOf(net, input);
      const probability = Math.max(...probabilities);
      const answer = classes[probabilities.indexOf(probability)];
      const label = place === undefined ? undefined : classes[split.labels[place]];
      return { step, subject, image, label, answer, probability, layers };
    } finally {
      input.dispose();
    }
  }

  /** The network as an ONNX file. */
  async onnx(): Promise<NamedFile> {
    const { net, about, settings, step } = this;
    const name = `${settings.network}-task${settings.task}-step${step}`;
    return { name, bytes: await asOnnx(net, about) };
  }

  private tested(): Split {
    return this.lab.split(taskOf(this.settings.task), 'test', TEST_IMAGES);
  }

  /** Grey values of a test image. */
  private pixels(index: number): Uint8Array {
    const { shape, images } = this.lab.data.test;
    const size = shape.reduce((product, length) => product * length, 1);
    return images.slice(index * size, (index + 1) * size);
  }

  /** All that is needed to go on from here on another device. */
  async save(): Promise<TrainState> {
    const { settings, about, step } = this;
    const origin = this.from?.origin;
    const { steps, tensors } = this.adam.state();
    const [net, adam] = await Promise.all([copyOut(this.net.stateDict()), copyOut(tensors)]);
    return { settings, about, origin, step, net, adam: { steps, tensors: adam } };
  }

  dispose(): void {
    this.steps?.training.dispose();
    this.steps?.feed.dispose();
    this.stats.dispose();
    this.adam.dispose();
    this.net.dispose();
    this.lab.free(this.seen);
  }

  private opened() {
    if (this.steps) return this.steps;
    const { batchSize, seed } = this.settings;
    const feed = new BatchFeed(this.seen.train, this.split, { batchSize, seed });
    const training = new FeedSteps(this.lab.gpu, [feed], () => this.makeStep(feed));
    this.steps = { feed, training };
    return this.steps;
  }

  private makeStep(feed: BatchFeed): void {
    const { net, adam, stats } = this;
    const { gpu } = this.lab;
    learn(gpu, adam, () => feed.batch(), {
      forward: (images) => net.forward(images),
      stats,
      number: gpu.varying(() => feed.step),
    });
  }
}

/** @throws TaskgradError on a network out of a file: nothing tells how to make it anew */
export function checkNew({ network }: TrainSettings): NetworkChoice {
  if (network !== 'file') return network;
  const problem = 'a run of a network out of a file cannot be begun anew';
  throw new TaskgradError('DEMO_NETWORK', `${problem}; load the file again, or choose a network`);
}

/** The first layer's weights as pictures: kernels of a convolution, or a unit's weights over the image. */
export function filtersOf({ net, step }: Pick<TrainState, 'net' | 'step'>): Filters | undefined {
  const first = [...net.values()].find(({ shape }) => shape.length === 4 || shape.length === 2);
  if (!first) return undefined;
  const { shape, data } = first;
  const side = Math.sqrt(shape[shape.length - 1]);
  if (shape.length === 2 && !Number.isInteger(side)) return undefined;
  const [height, width] = shape.length === 4 ? [shape[2], shape[3]] : [side, side];
  const count = Math.min(MOST_FILTERS, shape[0]);
  return { step, count, height, width, values: data.slice(0, count * height * width) };
}
