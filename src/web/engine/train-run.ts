import type { Module } from '../../nn/module';
import { exportOnnx } from '../../onnx/export';
import { Adam } from '../../optim/adam';
import type { Split } from '../../tasks/task';
import { BatchFeed, FeedSteps } from '../../training/batch-feed';
import { NanLossError } from '../../training/errors';
import { learn } from '../../training/learn';
import { type Measure, RunningStats } from '../../training/stats';
import { warmUp } from '../../training/warm-up';
import type { Activations, FileOut, Filters, Subject, TestAnswers, TrainSettings } from '../protocol';
import { activationsOf } from './activations';
import { judgeTest } from './answers';
import { type Lab, SEED, taskOf } from './lab';
import { copyOut, type HostTensors } from './snapshot';

const TEST_IMAGES = 500;
const TEST_BATCH = 100;
const MOST_FILTERS = 18;
/** Of wrong images that are shown. */
const MOST_WRONG = 40;

/** A run as the page's memory holds it. */
export interface TrainState {
  readonly settings: TrainSettings;
  /** Steps made. */
  readonly step: number;
  readonly net: HostTensors;
  readonly adam: { readonly steps: number; readonly tensors: HostTensors };
}

/** One network in training, a step at a time. A run opened from a state goes on as if it had never been left. */
export class TrainRun {
  readonly net: Module;
  step: number;
  private readonly adam: Adam;
  private readonly split: Split;
  private readonly feed: BatchFeed;
  private readonly training: FeedSteps;
  private readonly stats: RunningStats;

  constructor(
    private readonly lab: Lab,
    readonly settings: TrainSettings,
    from?: TrainState,
  ) {
    const task = taskOf(settings.task);
    this.split = lab.split(task, 'train');
    this.feed = new BatchFeed(lab.train, this.split, { batchSize: settings.batchSize, seed: SEED });
    this.net = lab.network(settings.network, task);
    this.adam = new Adam(this.net.parameters(), { lr: settings.lr });
    this.stats = new RunningStats(lab.gpu);
    this.training = new FeedSteps(lab.gpu, [this.feed], () => this.makeStep());
    this.step = from?.step ?? 0;
    if (!from) return;
    this.net.loadStateDict(from.net);
    this.adam.loadState(from.adam);
  }

  get stepsPerEpoch(): number {
    return this.feed.stepsPerEpoch;
  }

  get epoch(): number {
    return Math.floor(this.step / this.stepsPerEpoch);
  }

  /** Compiles what the steps need. */
  warmUp(): Promise<void> {
    return warmUp(this.net, this.lab.train, Math.min(this.settings.batchSize, this.split.indices.length));
  }

  /** Makes a step; nothing waits. @returns images in its batch */
  advance(): number {
    const { net, feed, training, step } = this;
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
    const { lab, net, step } = this;
    const split = this.tested();
    const { classes } = taskOf(this.settings.task);
    const { loss, accuracy, confusion, mistakes } = await judgeTest(lab, net, split, TEST_BATCH);
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
    const { lab, net, step } = this;
    const { classes } = taskOf(this.settings.task);
    const split = this.tested();
    const place = subject.kind === 'test' ? subject.place % split.indices.length : undefined;
    const image = subject.kind === 'drawn' ? subject.pixels : this.pixels(split.indices[place ?? 0]);
    const input = lab.image(image);
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

  /** The network as an ONNX file, which takes pixels from 0 to 255 and gives logits. */
  async onnx(): Promise<FileOut> {
    const { lab, net, settings, step } = this;
    const { mean, std } = lab.data;
    const { classes } = taskOf(settings.task);
    const bytes = await exportOnnx(
      net,
      { input: [1, ...lab.train.shape] },
      { classes, mean, std, pixels: true },
    );
    const name = `${settings.network}-task${settings.task}-step${step}.onnx`;
    return { name, type: 'application/octet-stream', bytes };
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
    const { settings, step } = this;
    const { steps, tensors } = this.adam.state();
    const [net, adam] = await Promise.all([copyOut(this.net.stateDict()), copyOut(tensors)]);
    return { settings, step, net, adam: { steps, tensors: adam } };
  }

  dispose(): void {
    this.training.dispose();
    this.feed.dispose();
    this.stats.dispose();
    this.adam.dispose();
    this.net.dispose();
  }

  private makeStep(): void {
    const { net, adam, feed, stats } = this;
    const { gpu } = this.lab;
    learn(gpu, adam, () => feed.batch(), {
      forward: (images) => net.forward(images),
      stats,
      number: gpu.varying(() => feed.step),
    });
  }
}

/** The first layer's weights as pictures: kernels of a convolution, or a unit's weights over the image. */
export function filtersOf({ net, step }: Pick<TrainState, 'net' | 'step'>): Filters | undefined {
  const [first] = net.values();
  if (!first) return undefined;
  const { shape, data } = first;
  const side = Math.round(Math.sqrt(shape[shape.length - 1]));
  const [height, width] = shape.length === 4 ? [shape[2], shape[3]] : [side, side];
  const count = Math.min(MOST_FILTERS, shape[0]);
  return { step, count, height, width, values: data.slice(0, count * height * width) };
}
