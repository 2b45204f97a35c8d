import { TASK_MEASURES, type TaskMeasureName } from '../../fisher/measures/table';
import { NO_MATERIALS, needsProbe } from '../../fisher/measures/task-measure';
import { planSeeds } from '../../fisher/sides';
import { type Measures, type MeasureValues, measuresOf } from '../../report/measure-matrices';
import { numClasses, type Task } from '../../tasks/task';
import { adapterKind } from '../kinds/adapter';
import { embeddingKind } from '../kinds/embedding.node';
import { measureKind, RESPONSE_MEASURES } from '../kinds/measure.node';
import { setOf } from '../scene/sets.node';
import { type Experiment, together } from './experiment.node';
import { seedsOf, trainAll, trained } from './networks.node';

/** A source's network beside a target. The seeds differ in a null alone. */
export interface MeasuredPair {
  readonly source: Task;
  readonly target: Task;
  readonly seed: number;
  readonly sourceSeed?: number;
}

const PROBED = TASK_MEASURES.filter(needsProbe);

/**
 * The task whose networks are the probes of Task2Vec: the one of most classes, the first of equals. A network that tells more
 * things apart has learnt more of what other tasks may need.
 */
export const probeTask = (tasks: readonly Task[]): Task =>
  tasks.reduce((most, task) => (numClasses(task) > numClasses(most) ? task : most));

/** Task measures of one pair: those of the names that have a number there. */
export async function measuredPair(
  experiment: Experiment,
  { source, target, seed, sourceSeed = seed }: MeasuredPair,
  names: readonly TaskMeasureName[],
): Promise<MeasureValues> {
  const { settings, inputs, job, autoBatch } = experiment;
  const { count, batchSize } = settings.fisher;
  const shared = { fisher: { count, batchSize }, ...(autoBatch && { autoBatch }) };
  const values: Partial<Record<string, number | null>> = {};
  if (names.some((name) => RESPONSE_MEASURES.includes(name))) {
    const [from, own] = [
      await trained(experiment, source, sourceSeed),
      await trained(experiment, target, seed),
    ];
    const given = { ...{ of: inputs(target), source: from, own, measures: RESPONSE_MEASURES }, ...shared };
    const label = `measures from task ${source.id} to task ${target.id}`;
    Object.assign(values, (await job(measureKind, given, label)).value);
  }
  const probed = PROBED.filter(({ name }) => names.includes(name));
  if (probed.length > 0) {
    const probe = await trained(experiment, probeTask(settings.tasks.map(experiment.task)), seed);
    const { network, width } = settings.training;
    const embedding = async (task: Task) => {
      const given = { ...{ of: inputs(task), probe, network: { network, width } }, ...shared };
      const { value } = await job(embeddingKind, given, `embedding of task ${task.id}`);
      return Float64Array.from(value.filters);
    };
    const materials = {
      ...NO_MATERIALS,
      sourceEmbedding: await embedding(source),
      targetEmbedding: await embedding(target),
    };
    for (const { name, of } of probed) values[name] = of(materials);
  }
  return Object.fromEntries(
    names.flatMap((name) => (typeof values[name] === 'number' ? [[name, values[name]]] : [])),
  );
}

/** Networks, and matrices of task measures over them, with nulls where a network of other first weights has them. */
export async function measuresPlan(
  experiment: Experiment,
  names: readonly TaskMeasureName[],
): Promise<Measures> {
  const { settings, job, datasets } = experiment;
  if (settings.fisher.images === 'test')
    for (const id of settings.tasks) experiment.testImages.note(experiment.task(id), 'distances');
  await trainAll(experiment);
  const tasks = settings.tasks.map(experiment.task);
  const seeds = seedsOf(experiment);
  const pairs = seeds.flatMap((seed) =>
    tasks.flatMap((source) => tasks.map((target) => ({ source, target, seed }))),
  );
  const nulls = planSeeds(seeds, false).nulls.flatMap(([[seed], [sourceSeed]]) =>
    tasks.map((task) => ({ source: task, target: task, seed, sourceSeed })),
  );
  const valued = (some: readonly MeasuredPair[], wanted: readonly TaskMeasureName[]) =>
    together(
      some.map(async (pair) => ({
        ...{ source: pair.source.id, target: pair.target.id, seed: pair.seed },
        values: await measuredPair(experiment, pair, wanted),
      })),
    );
  // A probe is the same for both sides: the task from itself is 0 there, whatever the seed.
  const withNull = names.filter((name) => RESPONSE_MEASURES.includes(name));
  const isProbed = withNull.length < names.length;
  const { network, width } = settings.training;
  return measuresOf({
    adapter: (await job(adapterKind, {})).value,
    network: `${network} × ${width}`,
    ...(isProbed && { probe: probeTask(tasks).id }),
    images: settings.fisher.images,
    seeds,
    tasks: tasks.map(({ id, name, dataset }) => ({ id, name, dataset: setOf(datasets, dataset).name })),
    names,
    cells: await valued(pairs, names),
    nulls: withNull.length > 0 ? await valued(nulls, withNull) : [],
  });
}
