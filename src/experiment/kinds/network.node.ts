import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { TaskgradError } from '../../../runtime/errors';
import { previousOf } from '../../data/files.node';
import { makeNetwork } from '../../models/catalogue';
import type { Classifier } from '../../models/classifier';
import { defaultWeights } from '../../models/initialise';
import { TenOutputs } from '../../models/ten-outputs';
import { underPrefix, withPrefix } from '../../nas/prefix';
import { networkText } from '../../nas/saved-network';
import { count, cursorSchema } from '../../nas/schemas';
import { loadState } from '../../nas/search-state.node';
import type { Module } from '../../nn/module';
import { Adam } from '../../optim/adam';
import { type Training, trainingSchema } from '../../report/results';
import { numClasses } from '../../tasks/task';
import { saveTensors } from '../../training/checkpoint.node';
import { evaluate } from '../../training/evaluate';
import { evaluateTogether } from '../../training/evaluate-together';
import { fit } from '../../training/fit';
import type { Cursor } from '../../training/fit-options';
import { whyWhole } from '../../training/parts';
import { EMPTY_STATS } from '../../training/stats';
import { warmUp } from '../../training/warm-up';
import { defineKind, type Work } from '../kind';
import { aboutNetwork, hasTenOutputs } from '../scene/about';
import { augmentationIn } from '../scene/augmentation';
import type { TaskInputs } from '../scene/inputs';
import { openScene, type Scene } from '../scene/scene';
import { splitsOf } from '../scene/splits';
import type { TrainingSettings } from '../settings/presets';
import { AHEAD, networkCost } from './cost';
import { fitting } from './fitting';
import { newestWhole } from './whole.node';

const EVALUATION_BATCH = 250;
/** At most so much work is lost with a machine; an epoch of a large network may take hours. */
export const SAVE_SECONDS = 600;

/** The file of a trained network, which `models.load` reads. */
export const NETWORK_FILE = 'network.safetensors';

/** A network to train: on which task, from which first weights, how. */
export interface NetworkInputs {
  readonly of: TaskInputs;
  readonly seed: number;
  readonly training: TrainingSettings;
  /** Whether work that does not fit into the GPU's memory goes on with smaller parts of a batch. */
  readonly autoBatch?: boolean;
}

/** Where the training of a network stands. */
const stateSchema = z.object({
  cursor: cursorSchema,
  optimizerSteps: count,
  gpuSeconds: z.number(),
  /** Set once training has ended. */
  testAccuracy: z.number().optional(),
});

/** A network trained on a task, and tested once, at the end. */
export const networkKind = defineKind({
  name: 'network',
  version: 1,
  check: (value) => trainingSchema.parse(value),
  cost: ({ training }: NetworkInputs) => networkCost(training),
  tail: () => AHEAD.network,
  run: trainNetwork,
});

async function trainNetwork(work: Work, inputs: NetworkInputs) {
  const { of, seed, training, autoBatch } = inputs;
  const scene = openScene(work.gpu, of);
  let net: Classifier | undefined;
  const train = (parts: number) => {
    net?.dispose(); // what ran out of memory may have half-changed it
    net = freshNetwork(scene, training, seed);
    return trained(work, scene, net, inputs, parts);
  };
  try {
    const name = `${training.network} for task ${of.task.id}, seed ${seed}`;
    const value = await fitting(work, autoBatch, name, training.batchSize, train, () => net && whyWhole(net));
    return { value, files: [NETWORK_FILE] };
  } finally {
    net?.dispose();
  }
}

/** A hand-made network for a task, whose weights follow from the seed. */
export function freshNetwork(
  { gpu, task, train, protocol }: Scene,
  { network, width }: Pick<TrainingSettings, 'network' | 'width'>,
  seed: number,
): Classifier {
  gpu.manualSeed(seed);
  const [channels, size] = train.shape;
  const make = (classes: number) => makeNetwork(gpu, network, { classes, channels, size, width });
  const classes = numClasses(task);
  const net = hasTenOutputs(protocol, network) ? new TenOutputs(gpu, classes, make) : make(classes);
  return protocol.networkWeights === 'default' ? defaultWeights(net) : net;
}

/** Trains a network on a task with Adam. It can be resumed at every step. The test data is looked at once, at the end. */
async function trained(
  work: Work,
  scene: Scene,
  net: Classifier,
  { seed, training }: NetworkInputs,
  parts: number,
): Promise<Training> {
  const { gpu, signal } = work;
  const { task } = scene;
  const { network, images, epochs, batchSize, lr } = training;
  const file = work.file(NETWORK_FILE);
  const splits = splitsOf(scene, seed, images);
  const optimizer = new Adam(net.parameters(), { lr });
  const metadata = networkText('trainNetwork', aboutNetwork(scene, training), 'net');
  try {
    const kept = await newestWhole(work, file, (path) => restore(path, net, optimizer));
    const startedAt = await gpu.seconds();
    const spent = async () => (kept?.gpuSeconds ?? 0) + (await gpu.seconds()) - startedAt;
    const save = async (cursor: Cursor, testAccuracy?: number) => {
      const { steps, tensors: own } = optimizer.state();
      const moments = testAccuracy === undefined ? withPrefix('optimizer', own) : [];
      const state = { cursor, optimizerSteps: steps, gpuSeconds: await spent(), testAccuracy };
      const tensors = new Map([...withPrefix('net', net.stateDict()), ...moments]);
      await saveTensors(file, tensors, state, { keepPrevious: true, metadata });
      if (testAccuracy !== undefined) await rm(previousOf(file), { force: true });
      else await work.saved();
    };
    const steps = Math.ceil(splits.train.indices.length / batchSize);
    let history = kept?.cursor.history ?? [];
    let testAccuracy = kept?.testAccuracy;
    if (testAccuracy === undefined) {
      const augment = augmentationIn(scene, training.augment);
      await warmUp(net, scene.train, batchSize, { augment, parts, optimizer });
      history = await fit(net, optimizer, scene.train, splits.train, {
        name: `${network} for task ${task.id}, seed ${seed}`,
        seed,
        augment,
        signal,
        cursor: kept?.cursor,
        epochs,
        batchSize,
        parts,
        save: (cursor) => save(cursor),
        saveEvery: SAVE_SECONDS,
        onStep: ({ epoch, step, measure }) =>
          work.progress(epoch * steps + step, steps * epochs, measure && `loss ${measure.loss.toFixed(3)}`),
      });
      testAccuracy = await tested(scene, net, splits, Math.ceil(EVALUATION_BATCH / parts));
      await save({ epoch: epochs, step: 0, stats: EMPTY_STATS, history }, testAccuracy);
    }
    return {
      task: task.id,
      seed,
      network,
      parameters: net.parameterCount(),
      headParameters: net.head.parameterCount(),
      steps: steps * epochs,
      testAccuracy,
      curve: history.map(({ loss, accuracy }, epoch) => ({
        epoch,
        trainLoss: loss,
        trainAccuracy: accuracy,
      })),
      gpuSeconds: kept?.testAccuracy === undefined ? await spent() : kept.gpuSeconds,
    };
  } finally {
    optimizer.dispose();
  }
}

/** Accuracy on the test images. Where the protocol tests in training mode, running statistics have seen them then. */
async function tested(
  { protocol, test }: Scene,
  net: Module,
  splits: ReturnType<typeof splitsOf>,
  batchSize: number,
): Promise<number> {
  const { networkTest } = protocol;
  if (networkTest === undefined) return (await evaluate(net, test, splits.test, batchSize)).accuracy;
  return (await evaluateTogether(net, test, splits.test, networkTest)).accuracy;
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
