import { isTaskMeasure, MEASURES } from './measures';
import type { TransferRun } from './transfer-run';

/** What puts the sources of a target in an order before anything is fine-tuned. */
export interface Predictor {
  readonly name: string;
  readonly title: string;
  /** Whether sources with the least of it or with the most are expected to transfer best. */
  readonly first: 'least' | 'most';
  /** Whether it is known without any distance. */
  readonly trivial: boolean;
  /** Undefined where the run does not say, as in older files. */
  readonly value: (run: TransferRun) => number | undefined;
}

/** Distances, task measures of others, and what all of them have to beat. Tables, pictures and files walk it. */
export const PREDICTORS: readonly Predictor[] = [
  ...MEASURES.map(
    ({ name, title, first }): Predictor => ({
      name,
      title,
      first,
      trivial: false,
      value: (run) => (isTaskMeasure(name) ? run.measures?.[name] : run[name]),
    }),
  ),
  {
    name: 'classes',
    title: 'number of the source’s classes',
    first: 'most',
    trivial: true,
    value: ({ sourceClasses }) => sourceClasses,
  },
  {
    name: 'class-difference',
    title: 'difference in the number of classes',
    first: 'least',
    trivial: true,
    value: ({ sourceClasses, targetClasses }) =>
      sourceClasses === undefined || targetClasses === undefined
        ? undefined
        : Math.abs(sourceClasses - targetClasses),
  },
  {
    name: 'accuracy',
    title: 'test accuracy of the source',
    first: 'most',
    trivial: true,
    value: ({ sourceAccuracy }) => sourceAccuracy,
  },
  {
    name: 'images',
    title: 'number of the source’s training images',
    first: 'most',
    trivial: true,
    value: ({ sourceImages }) => sourceImages,
  },
];
