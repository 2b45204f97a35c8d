import { existsSync } from 'node:fs';
import { z } from 'zod';
import { TaskgradError } from '../../../runtime/errors';
import { makeNetwork } from '../../models/catalogue';
import type { Classifier } from '../../models/classifier';
import { underPrefix, withPrefix } from '../../nas/prefix';
import { count, cursorSchema } from '../../nas/schemas';
import { loadState } from '../../nas/search-state.node';
import type { Module } from '../../nn/module';
import { Adam } from '../../optim/adam';
import type { Training } from '../../report/results';
import { mayMirror } from '../../tasks/catalogue';
import { numClasses, type Split, type Task, taskSplit } from '../../tasks/task';
import type { Augmentation } from '../../training/augment';
import { saveTensors } from '../../training/checkpoint.node';
import { type Cursor, evaluate, fit, warmUp } from '../../training/fit';
import { EMPTY_STATS } from '../../training/stats';
import type { TrainingSettings } from '../presets';
import type { Protocol } from '../protocols';
import type { Session } from '../session';
import type { OpenSet } from '../sets';
import { trainingSplit } from './fisher-images';

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
  const { negatives } = settings.protocol;
  const { dataset } = session.set(task);
  return {
    train: trainingSplit(session, task, seed, images),
    test: taskSplit(task, dataset.test.labels, settings.seed, { negatives }),
  };
}

/** The network of a job: taken from its checkpoint as far as that goes, trained on from there, saved and tested. */
export async function trainedNetwork(session: Session, job: NetworkJob): Promise<TrainedNetwork> {
  const { name, task, seed, training } = job;
  const net = freshNetwork(session, task, training, seed);
  return trainModule(
    session,
    net,
    { name, task, seed, network: training.network },
    training,
    session.set(task),
  );
}

/** A hand-made network for a task, whose weights follow from the seed. */
export function freshNetwork(
  { gpu, set }: Pick<Session, 'gpu' | 'set'>,
  task: Task,
  { network, width }: Pick<TrainingSettings, 'network' | 'width'>,
  seed: number,
): Classifier {
  gpu.manualSeed(seed);
  const [channels, size] = set(task).train.shape;
  return makeNetwork(gpu, network, { classes: numClasses(task), channels, size, width });
}

export interface ModuleJob {
  readonly name: string;
  readonly task: Task;
  readonly seed: number;
  readonly network: string;
}

type FitSettings = Pick<TrainingSettings, 'images' | 'epochs' | 'batchSize' | 'lr' | 'augment'>;

/** How the images of a task are changed: mirrored only where that keeps their meaning. */
export function augmentationOf(
  { movedDigits }: Protocol,
  task: Task,
  { augment }: Pick<FitSettings, 'augment'>,
): Augmentation | undefined {
  if (!augment || mayMirror(task)) return augment;
  return movedDigits ? { ...augment, flip: false } : undefined;
}

/**
 * Trains any network on a task with Adam. It can be resumed at every step. The test data is looked at once, at the
 * end.
 */
export async function trainModule(
  session: Session,
  net: Classifier,
  { name, task, seed, network }: ModuleJob,
  settings: FitSettings,
  images: Pick<OpenSet, 'train' | 'test'>,
): Promise<TrainedNetwork> {
  const { gpu, signal } = session;
  const file = session.state('networks', `${name}.safetensors`);
  const splits = splitsOf(session, task, seed, settings.images);
  const optimizer = new Adam(net.parameters(), { lr: settings.lr });
  const kept = existsSync(file) ? await restore(file, net, optimizer) : undefined;
  const startedAt = await gpu.seconds();
  const spent = async () => (kept?.gpuSeconds ?? 0) + (await gpu.seconds()) - startedAt;
  const save = async (cursor: Cursor, testAccuracy?: number) => {
    const { steps, tensors } = optimizer.state();
    const moments = testAccuracy === undefined ? withPrefix('optimizer', tensors) : [];
    const state = { cursor, optimizerSteps: steps, gpuSeconds: await spent(), testAccuracy };
    await saveTensors(file, new Map([...withPrefix('net', net.stateDict()), ...moments]), state);
  };
  try {
    const steps = Math.ceil(splits.train.indices.length / settings.batchSize);
    let history = kept?.cursor.history ?? [];
    let testAccuracy = kept?.testAccuracy;
    if (testAccuracy === undefined) {
      const augment = augmentationOf(session.settings.protocol, task, settings);
      const progress = session.progress(name, steps * settings.epochs, 'steps');
      try {
        await warmUp(net, images.train, settings.batchSize, augment);
        history = await fit(net, optimizer, images.train, splits.train, {
          name,
          seed,
          augment,
          signal,
          cursor: kept?.cursor,
          epochs: settings.epochs,
          batchSize: settings.batchSize,
          save: (cursor) => save(cursor),
          onStep: ({ epoch, step, measure }) =>
            progress.update(epoch * steps + step, measure && `loss ${measure.loss.toFixed(3)}`),
        });
      } finally {
        progress.stop();
      }
      await session.testImages.note(task, 'accuracies of trained networks');
      testAccuracy = (await evaluate(net, images.test, splits.test, EVALUATION_BATCH)).accuracy;
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

/** Brings network and optimiser to where the file left off. @throws TaskgradError that names the file if it cannot */
async function restore(file: string, net: Module, optimizer: Adam): Promise<z.infer<typeof stateSchema>> {
  const { state, tensors } = await loadState(file, stateSchema, 'the checkpoint of a network in training');
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
