import { NO_ROWS, type Rows } from './rows';

/** What task measures are computed from: what networks make of the target's samples, and those samples' labels. */
export interface Materials {
  /** Logits of the source's network [N, its classes]. */
  readonly outputs: Rows;
  /** What the head of the source's network sees of the samples [N, D]. */
  readonly features: Rows;
  /** The same of the target's own network. */
  readonly targetFeatures: Rows;
  /** Classes of the samples, from 0. */
  readonly labels: Int32Array;
  /**
   * Fisher information of the filters of one probe network, its head fitted to the source task, on the source's samples;
   * see `MeasureMatrixOptions.probeOf`.
   */
  readonly sourceEmbedding: Float64Array;
  /** The same of the target. */
  readonly targetEmbedding: Float64Array;
}

/** A part of `Materials`. */
export type Need = keyof Materials;

/** A number that says how near a source task is to a target, from networks and the target's samples. */
export interface TaskMeasure<Name extends string = string> {
  /** As in `--measure leep`. */
  readonly name: Name;
  /** As in tables. */
  readonly title: string;
  /** Whether the nearest source has the least of it or the most. */
  readonly first: 'least' | 'most';
  /** Where it is from. */
  readonly source: string;
  /** What it is computed from; the rest of `Materials` is not read. */
  readonly needs: readonly Need[];
  /** Computes it. */
  readonly of: (materials: Materials) => number;
}

/** Whether it is computed from a probe network’s embeddings of the tasks. */
export const needsProbe = ({ needs }: Pick<TaskMeasure, 'needs'>): boolean =>
  needs.includes('sourceEmbedding') || needs.includes('targetEmbedding');

/** A measure whose function sees no more than it says it needs. */
export interface NarrowMeasure<Name extends string, Needs extends Need>
  extends Omit<TaskMeasure<Name>, 'needs' | 'of'> {
  readonly needs: readonly Needs[];
  readonly of: (materials: Pick<Materials, Needs>) => number;
}

/** Makes a record. */
export const taskMeasure = <Name extends string, Needs extends Need>(
  record: NarrowMeasure<Name, Needs>,
): NarrowMeasure<Name, Needs> => record;

/** What stands for parts that no measure needs. */
export const NO_MATERIALS: Materials = {
  outputs: NO_ROWS,
  features: NO_ROWS,
  targetFeatures: NO_ROWS,
  labels: new Int32Array(),
  sourceEmbedding: new Float64Array(),
  targetEmbedding: new Float64Array(),
};
