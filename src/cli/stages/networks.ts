import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { TaskgradError } from '../../../runtime/errors';
import type { DeviceImages } from '../../data/device-images';
import { previousOf } from '../../data/files.node';
import type { Identity } from '../../data/kept.node';
import { makeNetwork } from '../../models/catalogue';
import type { Classifier } from '../../models/classifier';
import { defaultWeights } from '../../models/initialise';
import { TenOutputs } from '../../models/ten-outputs';
import { underPrefix, withPrefix } from '../../nas/prefix';
import { type NetworkAbout, networkText } from '../../nas/saved-network';
import { count, cursorSchema } from '../../nas/schemas';
import { loadState } from '../../nas/search-state.node';
import type { Module } from '../../nn/module';
import { Adam } from '../../optim/adam';
import type { Training } from '../../report/results';
import { isCifar, mayMirror } from '../../tasks/catalogue';
import { numClasses, type Split, type Task, taskSplit } from '../../tasks/task';
import type { Augmentation } from '../../training/augment';
import { saveTensors } from '../../training/checkpoint.node';
import { evaluate } from '../../training/evaluate';
import { evaluateTogether } from '../../training/evaluate-together';
import { fit } from '../../training/fit';
import type { Cursor } from '../../training/fit-options';
import { whyWhole } from '../../training/parts';
import { EMPTY_STATS } from '../../training/stats';
import { warmUp } from '../../training/warm-up';
import { fitting } from '../auto-batch';
import type { TrainingSettings } from '../presets';
import { restOptions } from '../protocol-tasks';
import type { Protocol } from '../protocols';
import type { Session } from '../session';
import type { OpenSet } from '../sets';
import { newestWhole } from '../whole';
import { trainingSplit } from './fisher-images';
import { aboutNetwork, hasTenOutputs } from './network-about';

const EVALUATION_BATCH = 250;

/** Where the training of a network stands. */
const stateSchema = z.object({
  cursor: cursorSchema,
  optimizerSteps: count,
  gpuSeconds: z.number(),
  /** Set once training has ended. */
  testAccuracy: z.number().optional(),
});

/** What to train, and where its checkpoint lies in the run's state. */
export interface NetworkJob {
  /** File name, and what errors and the log call it. */
  readonly name: string;
  readonly task: Task;
  readonly seed: number;
  readonly training: TrainingSettings;
}

export interface TrainedNetwork {
  readonly net: Module;
  readonly record: Training;
}

/** The images of a task to train on and to test with. The test images are the same for every seed. */
export function splitsOf(
  session: Session,
  task: Task,
  seed: number,
  images: number,
): { train: Split; test: Split } {
  const { settings } = session;
  const { dataset } = session.set(task);
  return {
    train: trainingSplit(session, task, seed, images),
    test: taskSplit(task, dataset.test.labels, settings.seed, restOptions(settings.protocol, task, 'test')),
  };
}

/** The network of a job: taken from its checkpoint as far as that goes, trained on from there, saved and tested. */
export async function trainedNetwork(session: Session, job: NetworkJob): Promise<TrainedNetwork> {
  const { name, task, seed, training } = job;
  let net: Classifier | undefined;
  const train = (parts: number) => {
    net?.dispose(); // what ran out of memory may have half-changed it
    net = freshNetwork(session, task, training, seed);
    const about = aboutNetwork(session, task, training);
    const named = { name, task, seed, network: training.network, about };
    return trainModule(session, net, named, training, session.set(task), parts);
  };
  return fitting(session, name, training.batchSize, train, () => net && whyWhole(net));
}

/** A hand-made network for a task, whose weights follow from the seed. */
export function freshNetwork(
  { gpu, set, settings }: Pick<Session, 'gpu' | 'set' | 'settings'>,
  task: Task,
  { network, width }: Pick<TrainingSettings, 'network' | 'width'>,
  seed: number,
): Classifier {
  gpu.manualSeed(seed);
  const [channels, size] = set(task).train.shape;
  const { networkWeights } = settings.protocol;
  const make = (classes: number) => makeNetwork(gpu, network, { classes, channels, size, width });
  const classes = numClasses(task);
  const net = hasTenOutputs({ settings }, { network }) ? new TenOutputs(gpu, classes, make) : make(classes);
  return networkWeights === 'default' ? defaultWeights(net) : net;
}

/** The same with what a crop brings in: the mean pixel, or black. */
export function augmentationIn(
  { settings, set }: Pick<Session, 'settings' | 'set'>,
  task: Task,
  augment: Augmentation | undefined,
): Augmentation | undefined {
  const { protocol } = settings;
  const change = augmentationOf(protocol, task, augment);
  if (!change || protocol.cropFill === 'mean') return change;
  const { mean, std } = set(task).cellView;
  return { ...change, fill: mean.map((value, channel) => 0 - value / std[channel]) };
}

export interface ModuleJob {
  readonly name: string;
  readonly task: Task;
  readonly seed: number;
  readonly network: string;
  /** What its file says of it. */
  readonly about: NetworkAbout;
}

type FitSettings = Pick<TrainingSettings, 'images' | 'epochs' | 'batchSize' | 'lr' | 'augment'>;

/** How the images of a task are changed: those that the protocol leaves alone not, others mirrored where they may be. */
export function augmentationOf(
  { augmentedSets }: Protocol,
  task: Pick<Task, 'dataset'>,
  augment: Augmentation | undefined,
): Augmentation | undefined {
  if (!augment || (augmentedSets === 'cifar' && !isCifar(task))) return undefined;
  return mayMirror(task) ? augment : { ...augment, flip: false };
}

/**
 * Trains any network on a task with Adam. It can be resumed at every step. The test data is looked at once, at the
 * end.
 */
export async function trainModule(
  session: Session,
  net: Classifier,
  { name, task, seed, network, about }: ModuleJob,
  settings: FitSettings,
  images: Pick<OpenSet, 'train' | 'test'>,
  parts = 1,
): Promise<TrainedNetwork> {
  const { gpu, signal } = session;
  const file = session.state('networks', `${name}.safetensors`);
  const splits = splitsOf(session, task, seed, settings.images);
  const optimizer = new Adam(net.parameters(), { lr: settings.lr });
  const of = { task: task.id, seed, network, training: settings, settings: session.settings };
  const metadata = networkText('trainModule', about, 'net');
  const kept = await newestWhole(session, file, (path) => restore(path, net, optimizer, of));
  const startedAt = await gpu.seconds();
  const spent = async () => (kept?.gpuSeconds ?? 0) + (await gpu.seconds()) - startedAt;
  const save = async (cursor: Cursor, testAccuracy?: number) => {
    const { steps, tensors: own } = optimizer.state();
    const moments = testAccuracy === undefined ? withPrefix('optimizer', own) : [];
    const state = { cursor, optimizerSteps: steps, gpuSeconds: await spent(), testAccuracy };
    const tensors = new Map([...withPrefix('net', net.stateDict()), ...moments]);
    await saveTensors(file, tensors, state, { of, keepPrevious: true, metadata });
    if (testAccuracy !== undefined) await rm(previousOf(file), { force: true });
  };
  try {
    const steps = Math.ceil(splits.train.indices.length / settings.batchSize);
    let history = kept?.cursor.history ?? [];
    let testAccuracy = kept?.testAccuracy;
    if (testAccuracy === undefined) {
      const augment = augmentationIn(session, task, settings.augment);
      const progress = session.progress(name, steps * settings.epochs, 'steps');
      try {
        await warmUp(net, images.train, settings.batchSize, augment, parts);
        history = await fit(net, optimizer, images.train, splits.train, {
          name,
          seed,
          augment,
          signal,
          cursor: kept?.cursor,
          epochs: settings.epochs,
          batchSize: settings.batchSize,
          parts,
          save: (cursor) => save(cursor),
          onStep: ({ epoch, step, measure }) =>
            progress.update(epoch * steps + step, measure && `loss ${measure.loss.toFixed(3)}`),
        });
      } finally {
        progress.stop();
      }
      const together = Math.ceil(EVALUATION_BATCH / parts);
      testAccuracy = await tested(session, net, task, images.test, splits.test, together);
      await save({ epoch: settings.epochs, step: 0, stats: EMPTY_STATS, history }, testAccuracy);
    }
    const record: Training = {
      task: task.id,
      seed,
      network,
      parameters: net.parameterCount(),
      headParameters: net.head.parameterCount(),
      steps: steps * settings.epochs,
      testAccuracy,
      curve: history.map(({ loss, accuracy }, epoch) => ({
        epoch,
        trainLoss: loss,
        trainAccuracy: accuracy,
      })),
      gpuSeconds: kept?.testAccuracy === undefined ? await spent() : kept.gpuSeconds,
    };
    const { gpuSeconds } = record;
    const accuracy = `test accuracy ${(100 * testAccuracy).toFixed(2)} %`;
    session.say(`${name}: ${accuracy}, ${gpuSeconds.toFixed(1)} s of GPU time`, {
      event: 'trained',
      ...record,
    });
    return { net, record };
  } finally {
    optimizer.dispose();
  }
}

/** Accuracy on the test images. Where the protocol tests in training mode, running statistics have seen them then. */
async function tested(
  { settings, testImages }: Session,
  net: Module,
  task: Task,
  images: DeviceImages,
  split: Split,
  batchSize: number,
): Promise<number> {
  const { networkTest } = settings.protocol;
  await testImages.note(task, 'accuracies of trained networks');
  if (networkTest === undefined) return (await evaluate(net, images, split, batchSize)).accuracy;
  await testImages.note(task, 'running statistics of trained networks');
  return (await evaluateTogether(net, images, split, networkTest)).accuracy;
}

/** Brings network and optimiser to where the file left off. @throws TaskgradError that names the file if it cannot */
async function restore(
  file: string,
  net: Module,
  optimizer: Adam,
  of: Identity,
): Promise<z.infer<typeof stateSchema>> {
  const { state, tensors } = await loadState(
    file,
    stateSchema,
    'the checkpoint of a network in training',
    of,
  );
  try {
    net.loadStateDict(underPrefix('net', tensors));
    if (state.testAccuracy === undefined) {
      optimizer.loadState({ steps: state.optimizerSteps, tensors: underPrefix('optimizer', tensors) });
    }
  } catch (cause) {
    if (!(cause instanceof TaskgradError)) throw cause;
    throw new TaskgradError(cause.code, `${file}: ${cause.message}`, { cause });
  }
  return state;
}
