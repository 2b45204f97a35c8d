import { TASK_MEASURES, type TaskMeasureName } from '../fisher/measures/table';
import type { Need } from '../fisher/measures/task-measure';
import { DISTANCE_KINDS, type DistanceKind } from './distance-kind';

/** Names of all that the nearness of tasks is measured by, as in `--measure leep`. */
export type NearnessName = DistanceKind | TaskMeasureName;

/** A measure of the nearness of tasks: our two distances, and those of others. */
export interface Nearness {
  readonly name: NearnessName;
  /** As in sentences: 'log-det distance'. */
  readonly title: string;
  /** Whether the nearest source has the least of it or the most. */
  readonly first: 'least' | 'most';
  /** What it is computed from, in words. */
  readonly needs: string;
  /** Where it is from. */
  readonly source: string;
}

const FISHER =
  'the Fisher information of the source’s network and of the target’s own, both on the target’s images';

const DISTANCES: Readonly<Record<DistanceKind, Omit<Nearness, 'name'>>> = {
  logdet: { title: 'log-det distance', first: 'least', needs: FISHER, source: 'arXiv:2103.00241' },
  frechet: { title: 'Fréchet distance', first: 'least', needs: FISHER, source: 'arXiv:2103.12827' },
};

/** What each part of `Materials` is, in words that follow each other. */
const NEEDS: Readonly<Record<Need, string>> = {
  outputs: 'what the source’s network answers to the target’s images',
  features: 'what the head of the source’s network sees of the target’s images',
  targetFeatures: 'the same of the target’s own network',
  labels: 'the labels of these images',
  sourceEmbedding: 'the Fisher information of one probe network on the source’s images',
  targetEmbedding: 'the same on the target’s',
};

/** Every measure. Command line, predictors, docs and tests walk it. */
export const MEASURES: readonly Nearness[] = [
  ...DISTANCE_KINDS.map((name) => ({ name, ...DISTANCES[name] })),
  ...TASK_MEASURES.map(({ name, title, first, needs, source }) => ({
    ...{ name, title, first, source },
    needs: needs.map((need) => NEEDS[need]).join(', and '),
  })),
];

/** Those beside our distances. */
export const isTaskMeasure = (name: NearnessName): name is TaskMeasureName =>
  TASK_MEASURES.some((one) => one.name === name);
