import { z } from 'zod';
import { embeddingOf, fitHead } from '../../fisher/measures/probe';
import { load } from '../../nas/models.node';
import type { Training } from '../../report/results';
import { numClasses } from '../../tasks/task';
import { loadAllButHead } from '../../training/fine-tune';
import { type Artefact, defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { openScene } from '../scene/scene';
import type { FisherSettings } from '../settings/fisher';
import type { TrainingSettings } from '../settings/presets';
import { AHEAD, stepsCost } from './cost';
import { fisherImages } from './fisher-images.node';
import { fitting } from './fitting';
import { freshNetwork, NETWORK_FILE } from './network.node';

/** A task to embed by a probe: a network of another task, or of the same, whose head is fitted to this one. */
export interface EmbeddingInputs {
  readonly of: TaskInputs;
  readonly probe: Artefact<Training>;
  /** What the probe is. */
  readonly network: Pick<TrainingSettings, 'network' | 'width'>;
  readonly fisher: Pick<FisherSettings, 'count' | 'batchSize'>;
  readonly autoBatch?: boolean;
}

const embeddingSchema = z.strictObject({ filters: z.array(z.number()).min(1) });

/** Task2Vec's embedding of a task: the Fisher information of a probe's filters on its images. */
export const embeddingKind = defineKind({
  name: 'embedding',
  version: 1,
  check: (value) => embeddingSchema.parse(value),
  cost: ({ fisher: { count, batchSize } }: EmbeddingInputs) =>
    stepsCost({ images: count, epochs: 2, batchSize }),
  tail: () => AHEAD.distance,
  run: async (work, { of, probe, network, fisher, autoBatch }: EmbeddingInputs) => {
    const { gpu } = work;
    const scene = openScene(gpu, of);
    const net = freshNetwork(scene, network, probe.value.seed);
    const { net: body } = await load(gpu, probe.file(NETWORK_FILE));
    try {
      loadAllButHead(net, body.stateDict());
      const filters = await fitting(work, autoBatch, 'embedding', fisher.batchSize, async (parts) => {
        const batches = fisherImages(work, scene, fisher, parts);
        await fitHead(net, batches());
        return embeddingOf(net, { batches, classes: numClasses(of.task) });
      });
      return { value: { filters: [...filters] } };
    } finally {
      net.dispose();
      body.dispose();
    }
  },
});
