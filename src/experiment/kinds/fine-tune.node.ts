import { z } from 'zod';
import { load } from '../../nas/models.node';
import type { Training } from '../../report/results';
import { Random } from '../../tensor/random';
import { fineTune } from '../../training/fine-tune';
import { type Artefact, defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { openScene } from '../scene/scene';
import { splitsOf } from '../scene/splits';
import type { TrainingSettings } from '../settings/presets';
import { stepsCost } from './cost';
import { freshNetwork, NETWORK_FILE } from './network.node';

/** Stream of the seed for fresh networks: the source's own seed would hand it back the head it began with. */
const FRESH_STREAM = 0x66726573;

/** A network to train on few samples of a task. */
export interface FineTuneInputs {
  readonly of: TaskInputs;
  readonly seed: number;
  readonly network: Pick<TrainingSettings, 'network' | 'width'>;
  /** Training images, at most; each class keeps its share. */
  readonly samples: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  /** Another task's network to begin with, all but its head; left out, it learns from scratch. */
  readonly from?: Artefact<Training>;
}

const tunedSchema = z.strictObject({ testAccuracy: z.number().min(0).max(1) });

/** Test accuracy of a network that learns a task from few samples. */
export const fineTuneKind = defineKind({
  name: 'fine-tune',
  version: 1,
  check: (value) => tunedSchema.parse(value),
  cost: ({ samples, epochs, batchSize }: FineTuneInputs) => stepsCost({ images: samples, epochs, batchSize }),
  run: async (work, { of, seed, network, samples, epochs, batchSize, lr, from }: FineTuneInputs) => {
    const { gpu, signal } = work;
    const scene = openScene(gpu, of);
    const { train, test } = splitsOf(scene, seed, samples);
    // The same weights for every source, and from scratch: the networks shall differ in what was taken over alone.
    const net = freshNetwork(scene, network, new Random(seed, FRESH_STREAM).nextU32());
    const source = from && (await load(gpu, from.file(NETWORK_FILE))).net;
    try {
      const { accuracy } = await fineTune(
        net,
        { images: scene.train, split: train },
        { images: scene.test, split: test },
        {
          name: `${samples} samples of task ${of.task.id}, seed ${seed}`,
          seed,
          epochs,
          batchSize,
          lr,
          from: source?.stateDict(),
          signal,
          onStep: ({ epoch, step, steps }) => work.progress(epoch * steps + step, epochs * steps),
        },
      );
      return { value: { testAccuracy: accuracy } };
    } finally {
      net.dispose();
      source?.dispose();
    }
  },
});
