import { z } from 'zod';
import { responsesOf } from '../../fisher/measures/responses';
import { TASK_MEASURES, type TaskMeasureName } from '../../fisher/measures/table';
import { NO_MATERIALS, needsProbe } from '../../fisher/measures/task-measure';
import { load } from '../../nas/models.node';
import type { Training } from '../../report/results';
import { numClasses } from '../../tasks/task';
import { type Artefact, defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { openScene } from '../scene/scene';
import type { FisherSettings } from '../settings/fisher';
import { AHEAD, stepsCost } from './cost';
import { fisherImages } from './fisher-images.node';
import { fitting } from './fitting';
import { NETWORK_FILE } from './network.node';

const RECORDS = TASK_MEASURES.filter((record) => !needsProbe(record));

/** Those that this kind of job computes: all that follow from what networks make of images. */
export const RESPONSE_MEASURES: readonly TaskMeasureName[] = RECORDS.map(({ name }) => name);

/** A source's network to hold beside the target's own, on the target's images. */
export interface MeasureInputs {
  /** The target. */
  readonly of: TaskInputs;
  readonly source: Artefact<Training>;
  readonly own: Artefact<Training>;
  /** `RESPONSE_MEASURES`: one pass over the images gives them all, and each may be asked for by itself. */
  readonly measures: readonly TaskMeasureName[];
  readonly fisher: Pick<FisherSettings, 'count' | 'batchSize'>;
  readonly autoBatch?: boolean;
}

/** Null where a measure has no number, as CKA of a network that sees the same in all images. */
const measuresSchema = z.record(z.string().min(1), z.number().nullable());

/** Task measures of a source and a target: LEEP, LogME, CKA. */
export const measureKind = defineKind({
  name: 'measure',
  version: 1,
  check: (value) => measuresSchema.parse(value),
  cost: ({ fisher: { count, batchSize } }: MeasureInputs) =>
    stepsCost({ images: count, epochs: 2, batchSize }),
  tail: () => AHEAD.distance,
  run: async (work, { of, source, own, measures, fisher, autoBatch }: MeasureInputs) => {
    const { gpu } = work;
    const scene = openScene(gpu, of);
    const responses = async ({ file }: Artefact<Training>) => {
      const { net } = await load(gpu, file(NETWORK_FILE));
      try {
        return await fitting(work, autoBatch, 'task measures', fisher.batchSize, (parts) =>
          responsesOf('measure', net, fisherImages(work, scene, fisher, parts)(), numClasses(of.task)),
        );
      } finally {
        net.dispose();
      }
    };
    const ofSource = await responses(source);
    const { features: targetFeatures } = source.key === own.key ? ofSource : await responses(own);
    const materials = { ...NO_MATERIALS, ...ofSource, targetFeatures };
    const computed = RECORDS.filter(({ name }) => measures.includes(name)).map((record) => {
      const value = record.of(materials);
      return [record.name, Number.isFinite(value) ? value : null] as const;
    });
    return { value: Object.fromEntries(computed) };
  },
});
