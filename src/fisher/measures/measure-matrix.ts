import type { Module } from '../../nn/module';
import {
  aFunction,
  checkArgument,
  options as fields,
  listOf,
  numbers,
  oneOf,
  optional,
} from '../../tensor/guard';
import { InterruptedError } from '../../training/errors';
import { FisherError } from '../errors';
import { asked, taskList } from '../guard';
import type { TaskData } from '../side-fisher';
import { type CellKey, keyOf, type Named } from '../sides';
import { type Summary, summarise } from '../summary';
import { embeddingOf } from './probe';
import { type Responses, responsesOf } from './responses';
import { TASK_MEASURES, type TaskMeasureName } from './table';
import { type Materials, type Need, NO_MATERIALS, needsProbe, type TaskMeasure } from './task-measure';

const OP = 'measureMatrix';

/** Some measures of a source task beside a target, by their names. */
export type TaskMeasures = Readonly<Partial<Record<TaskMeasureName, number>>>;

/** What was computed of a source and a target under one seed. */
export interface MeasureCell {
  /** As in `distanceMatrix`: 'seed/source/target'. */
  readonly key: CellKey;
  /** Ids of the tasks; they may be the same. */
  readonly source: string;
  /** The task whose samples the networks were taken over. */
  readonly target: string;
  /** Of the networks. */
  readonly seed: number;
  /** All that were asked for. */
  readonly measures: TaskMeasures;
}

/** Options of `measureMatrix`. */
export interface MeasureMatrixOptions<Task extends Named> {
  /** Rows and columns of the matrices, in this order. */
  readonly tasks: readonly Task[];
  /** One matrix each. */
  readonly seeds: readonly number[];
  /** Which ones; default: all, and without `probeOf` those that need no probe. */
  readonly measures?: readonly TaskMeasureName[];
  /** Network trained on a task; asked once for each seed and task, and stays the caller's. It has to end in a linear layer. */
  readonly networkOf: (task: Task, seed: number) => Promise<Module>;
  /** The samples of a task, as for `distanceMatrix`. */
  readonly dataOf: (task: Task) => TaskData | Promise<TaskData>;
  /**
   * The probe network of Task2Vec: of a seed one body for all tasks, with its head fitted to the task; see `fitHead`. Asked
   * once for each seed and task, and stays the caller's.
   */
  readonly probeOf?: (task: Task, seed: number) => Promise<Module>;
  /** Told each cell computed, for saving and progress. */
  readonly onCell?: (cell: MeasureCell) => void | Promise<void>;
  /** Measures computed earlier, by key. They are not computed again. */
  readonly known?: Readonly<Record<string, TaskMeasures>>;
  /** Stops before the next cell. */
  readonly signal?: AbortSignal;
}

/**
 * Measures of the nearness of tasks beside our distances, over the same pairs of a source's network and a target's samples
 * as `distanceMatrix` walks: Task2Vec, LEEP, LogME, CKA of features (see `TASK_MEASURES`). Each target's samples go through
 * each network once. On the diagonals is what a task's own network gives.
 * @returns for each measure, by its name, mean, standard deviation and the matrices of the seeds, [source][target]
 * @throws FisherError on a measure that needs a probe without `probeOf`, on networks that do not end in a linear layer, and
 *   where there are no samples; InterruptedError when `signal` was aborted; StrayLabelError
 * @example
 * ```ts
 * const inputs = gpu.randn([32, 4], { seed: 1 });
 * const labelsOf = (classes: number) => gpu.tensor(Int32Array.from({ length: 32 }, (_, n) => n % classes));
 * const found = await fisher.measureMatrix({
 *   tasks: [{ id: 'pairs', classes: 2 }, { id: 'triples', classes: 3 }],
 *   seeds: [0],
 *   networkOf: async ({ classes }, seed) => {
 *     gpu.manualSeed(seed);
 *     return new nn.Linear(gpu, 4, classes); // trained on the task, in earnest
 *   },
 *   dataOf: ({ classes }) => ({ batches: () => [{ inputs, labels: labelsOf(classes) }], classes }),
 * });
 * Object.keys(found); // → ['leep', 'logme', 'cka']
 * found.cka?.mean; // → [[1.000, 1.000], [1.000, 1.000]]
 * ```
 */
export async function measureMatrix<Task extends Named>(
  options: MeasureMatrixOptions<Task>,
): Promise<Partial<Record<TaskMeasureName, Summary>>> {
  checkArgument(OP, 'options', options, matrixOptions);
  const { tasks, seeds } = options;
  const records = recordsOf(options);
  const found = new Map<CellKey, TaskMeasures>();
  for (const seed of seeds) await walkSeed(seed, records, options, found);
  const matrixOf = (name: TaskMeasureName, seed: number) =>
    tasks.map((source) =>
      tasks.map((target) => found.get(cellKey(source, target, seed))?.[name] ?? Number.NaN),
    );
  return Object.fromEntries(
    records.map(({ name }) => [name, summarise(seeds.map((seed) => matrixOf(name, seed)))]),
  );
}

type Records = readonly TaskMeasure<TaskMeasureName>[];

/** @throws FisherError on a measure that has no probe */
function recordsOf<Task extends Named>({ measures, probeOf }: MeasureMatrixOptions<Task>): Records {
  if (!measures) return TASK_MEASURES.filter((record) => probeOf || !needsProbe(record));
  const records = TASK_MEASURES.filter(({ name }) => measures.includes(name));
  const lost = records.find((record) => needsProbe(record) && !probeOf);
  if (!lost) return records;
  throw new FisherError(
    `${OP}: ${lost.title} needs a probe network, and there is no probeOf; give one, or leave ${lost.name} out`,
  );
}

/** All cells of a seed, target by target. */
async function walkSeed<Task extends Named>(
  seed: number,
  records: Records,
  options: MeasureMatrixOptions<Task>,
  found: Map<CellKey, TaskMeasures>,
): Promise<void> {
  const { tasks, onCell, known = {}, signal } = options;
  const networkOf = once((task: Task) => asked(OP, 'networkOf', options.networkOf(task, seed)));
  const dataOf = (task: Task) => asked(OP, 'dataOf', options.dataOf(task));
  const embedding = once(async (task: Task) => {
    if (!options.probeOf) return NO_MATERIALS.targetEmbedding;
    const probe = await asked(OP, 'probeOf', options.probeOf(task, seed));
    return embeddingOf(probe, await dataOf(task));
  });
  for (const target of tasks) {
    const responses = once(async (source: Task) => {
      const { batches, classes } = await dataOf(target);
      return responsesOf(OP, await networkOf(source), batches(), classes);
    });
    for (const source of tasks) {
      const key = cellKey(source, target, seed);
      const before = Object.hasOwn(known, key) ? known[key] : {};
      const missing = records.filter(({ name }) => before[name] === undefined);
      if (missing.length > 0 && signal?.aborted) throw new InterruptedError();
      const needs = new Set(missing.flatMap(({ needs }) => needs));
      const materials = await gather(needs, {
        ofSource: () => responses(source),
        ofTarget: () => responses(target),
        embedding: (which) => embedding(which === 'source' ? source : target),
      });
      const computed = missing.map((record) => [record.name, record.of(materials)] as const);
      const measures: TaskMeasures = { ...before, ...Object.fromEntries(computed) };
      found.set(key, measures);
      if (missing.length > 0) await onCell?.({ key, source: source.id, target: target.id, seed, measures });
    }
  }
}

interface Sources {
  readonly ofSource: () => Promise<Responses>;
  readonly ofTarget: () => Promise<Responses>;
  readonly embedding: (which: 'source' | 'target') => Promise<Float64Array>;
}

/** No more than what is needed: networks that nothing is asked of are not run. */
async function gather(needs: ReadonlySet<Need>, of: Sources): Promise<Materials> {
  const any = (...some: readonly Need[]) => some.some((need) => needs.has(need));
  const source = any('outputs', 'features', 'labels') ? await of.ofSource() : undefined;
  return {
    ...NO_MATERIALS,
    ...source,
    ...(any('targetFeatures') && { targetFeatures: (await of.ofTarget()).features }),
    ...(any('sourceEmbedding') && { sourceEmbedding: await of.embedding('source') }),
    ...(any('targetEmbedding') && { targetEmbedding: await of.embedding('target') }),
  };
}

/** Asks for each task once. */
function once<Task, Result>(ask: (task: Task) => Promise<Result>): (task: Task) => Promise<Result> {
  const asked = new Map<Task, Promise<Result>>();
  return (task) => {
    const answer = asked.get(task) ?? ask(task);
    asked.set(task, answer);
    return answer;
  };
}

function cellKey(source: Named, target: Named, seed: number): CellKey {
  return keyOf({ source: { task: source, seeds: [seed] }, target: { task: target, seeds: [seed] } });
}

const matrixOptions = fields({
  tasks: taskList,
  seeds: numbers,
  measures: optional(listOf('names of measures', oneOf(...TASK_MEASURES.map(({ name }) => name)))),
  networkOf: aFunction,
  dataOf: aFunction,
  probeOf: optional(aFunction),
  onCell: optional(aFunction),
});
