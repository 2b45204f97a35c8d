import { existsSync } from 'node:fs';
import { z } from 'zod';
import { TaskgradError } from '../../../runtime/errors';
import { DataError } from '../../data/errors';
import { makeNetwork } from '../../models/catalogue';
import type { Module } from '../../nn/module';
import { Adam } from '../../optim/adam';
import type { Training } from '../../report/results';
import { numClasses, type Split, type Task, taskSplit } from '../../tasks/task';
import type { Augmentation } from '../../training/augment';
import { loadTensors, saveTensors } from '../../training/checkpoint.node';
import { type Cursor, evaluate, fit, warmUp } from '../../training/fit';
import type { TrainingSettings } from '../presets';
import type { Session } from '../session';
import type { OpenSet } from '../sets';

const EVALUATION_BATCH = 250;
const count = z.int().nonnegative();
const measure = z.object({ loss: z.number(), accuracy: z.number() });
const metaSchema = z.object({
  cursor: z.object({
    epoch: count,
    step: count,
    stats: z.array(z.number()).length(4),
    history: z.array(measure),
  }),
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

/** The images of a task to train on and to test with; the test images are the same for every seed. */
export function splitsOf(
  session: Session,
  task: Task,
  seed: number,
  images: number,
): { train: Split; test: Split } {
  const { settings } = session;
  const { dataset } = session.set(task);
  return {
    train: taskSplit(task, dataset.train.labels, seed, { limit: images }),
    test: taskSplit(task, dataset.test.labels, settings.seed),
  };
}

/** The network of a job: taken from its checkpoint as far as that goes, trained on from there, saved and tested. */
export async function trainedNetwork(session: Session, job: NetworkJob): Promise<TrainedNetwork> {
  const { gpu } = session;
  const { name, task, seed, training } = job;
  const set = session.set(task);
  gpu.manualSeed(seed);
  const [channels, size] = set.train.shape;
  const net = makeNetwork(gpu, training.network, {
    classes: numClasses(task),
    channels,
    size,
    width: training.width,
  });
  return trainModule(session, net, { name, task, seed, network: training.network }, training, set);
}

export interface ModuleJob {
  readonly name: string;
  readonly task: Task;
  readonly seed: number;
  readonly network: string;
}

type FitSettings = Pick<TrainingSettings, 'images' | 'epochs' | 'batchSize' | 'lr' | 'augment'>;

/** A mirrored digit is no digit. */
export const augmentationOf = (
  task: Task,
  { augment }: Pick<FitSettings, 'augment'>,
): Augmentation | undefined => augment && { ...augment, flip: augment.flip && task.dataset !== 'mnist' };

/** Trains any network on a task with Adam; resumable at every step; the test data is looked at once, at the end. */
export async function trainModule(
  session: Session,
  net: Module,
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
    const moments =
      testAccuracy === undefined ? [...tensors].map(([key, t]) => [`optimizer.${key}`, t] as const) : [];
    const meta = { cursor, optimizerSteps: steps, gpuSeconds: await spent(), testAccuracy };
    await saveTensors(file, new Map([...prefixed('net', net.stateDict()), ...moments]), meta);
  };
  try {
    let history = kept?.cursor.history ?? [];
    let testAccuracy = kept?.testAccuracy;
    if (testAccuracy === undefined) {
      const steps = Math.ceil(splits.train.indices.length / settings.batchSize);
      const augment = augmentationOf(task, settings);
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
      testAccuracy = (await evaluate(net, images.test, splits.test, EVALUATION_BATCH)).accuracy;
      await save({ epoch: settings.epochs, step: 0, stats: [0, 0, 0, -1], history }, testAccuracy);
    }
    const record: Training = {
      task: task.id,
      seed,
      network,
      parameters: net.parameterCount(),
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

const prefixed = <T>(prefix: string, map: ReadonlyMap<string, T>) =>
  [...map].map(([key, value]) => [`${prefix}.${key}`, value] as const);

/** Brings network and optimiser to where the file left off. @throws TaskgradError that names the file if it cannot */
async function restore(file: string, net: Module, optimizer: Adam): Promise<z.infer<typeof metaSchema>> {
  const { tensors, meta } = await loadTensors(file, (json) => parseMeta(file, json));
  const part = (prefix: string) =>
    new Map(
      [...tensors].flatMap(([key, value]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
      ),
    );
  try {
    net.loadStateDict(part('net.'));
    if (meta.testAccuracy === undefined) {
      optimizer.loadState({ steps: meta.optimizerSteps, tensors: part('optimizer.') });
    }
  } catch (cause) {
    if (!(cause instanceof TaskgradError)) throw cause;
    throw new TaskgradError(cause.code, `${file}: ${cause.message}`, { cause });
  }
  return meta;
}

function parseMeta(file: string, json: unknown): z.infer<typeof metaSchema> {
  const parsed = metaSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  throw new DataError('DATA_FORMAT', {
    file,
    field: `state ${path.join('.')}`.trim(),
    expected: 'the checkpoint of a network in training',
    found: message,
  });
}
