import { TASK_MEASURES } from '../../fisher/measures/table';
import type { Distance, Training } from '../../report/results';
import { type Transfer, transferOf } from '../../report/transfer';
import { numClasses, type Task } from '../../tasks/task';
import { adapterKind } from '../kinds/adapter';
import { fineTuneKind } from '../kinds/fine-tune.node';
import { setOf } from '../scene/sets.node';
import { splitsOf } from '../scene/splits';
import { type Cells, computeDistances } from './distances.node';
import { type Experiment, together } from './experiment.node';
import { measuredPair, probeTask } from './measures.node';
import { trainAll, trained } from './networks.node';

/** Small, so that few samples still make several steps an epoch. */
const BATCH = 20;

/** How the networks are fine-tuned. */
export interface FewShot {
  /** Training images of the target, at most; each class keeps its share. */
  readonly samples: number;
  readonly epochs: number;
}

const MEASURES = TASK_MEASURES.map(({ name }) => name);

/** Networks and distances that the plan has computed before. */
interface Measured {
  /** Of every task and seed. */
  readonly networks: readonly Training[];
  readonly distance: Distance;
  readonly cells: Cells;
}

/** Fine-tunes every task's network on every other task, and a fresh one from scratch beside them. */
async function measureTransfer(
  experiment: Experiment,
  { networks, distance, cells }: Measured,
  few: FewShot,
): Promise<Transfer> {
  const { settings, inputs, job, datasets } = experiment;
  const { network, width, lr, images } = settings.training;
  const tasks = distance.tasks.map(experiment.task);
  const wanted = distance.seeds.flatMap((seed) =>
    [undefined, ...tasks].flatMap((source) =>
      tasks.filter((target) => target !== source).map((target) => ({ seed, source, target })),
    ),
  );
  const found = await together(
    wanted.map(async (one) => ({ ...one, accuracy: await fewShot(experiment, one, few) })),
  );
  const accuracyOf = (seed: number, source: Task | undefined, target: Task) =>
    found.find((one) => one.seed === seed && one.source === source && one.target === target)?.accuracy ?? 0;
  const counts = new Map(
    tasks.map((task) => [task, splitsOf(inputs(task), settings.seed, images).train.indices.length]),
  );
  const pairs = distance.seeds.flatMap((seed) =>
    tasks.flatMap((target) =>
      tasks.filter((source) => source !== target).map((source) => ({ seed, source, target })),
    ),
  );
  const measured = await together(
    pairs.map(async (pair) => ({ ...pair, measures: await measuredPair(experiment, pair, MEASURES) })),
  );
  const runs = measured.map(({ seed, source, target, measures }) => {
    const { logdet, frechet } = cells[`${seed}/${source.id}/${target.id}`];
    return {
      seed,
      source: source.id,
      target: target.id,
      logdet,
      frechet,
      measures,
      accuracy: accuracyOf(seed, source, target),
      scratch: accuracyOf(seed, undefined, target),
      sourceClasses: numClasses(source),
      targetClasses: numClasses(target),
      sourceAccuracy: networks.find((run) => run.task === source.id && run.seed === seed)?.testAccuracy,
      sourceImages: counts.get(source),
    };
  });
  return transferOf({
    adapter: (await job(adapterKind, {})).value,
    network: `${network} × ${width}`,
    estimator: distance.estimator,
    probe: probeTask(tasks).id,
    seeds: distance.seeds,
    tasks: tasks.map(({ id, name, dataset }) => ({ id, name, dataset: setOf(datasets, dataset).name })),
    nulls: distance.nulls,
    ...few,
    batchSize: BATCH,
    lr,
    runs,
  });
}

/** Networks, distances and fine-tuning. */
export async function transferPlan(experiment: Experiment, few: FewShot): Promise<Transfer> {
  const networks = await trainAll(experiment);
  const { distance, cells } = await computeDistances(experiment);
  return measureTransfer(experiment, { networks, distance, cells }, few);
}

interface Pair {
  readonly seed: number;
  readonly source: Task | undefined;
  readonly target: Task;
}

/** Test accuracy on the target of a network that learns it from few samples, from another task's state if given. */
async function fewShot(
  experiment: Experiment,
  { seed, source, target }: Pair,
  few: FewShot,
): Promise<number> {
  const { settings, inputs, job, testImages, tell } = experiment;
  const { network, width, lr } = settings.training;
  testImages.note(target, 'accuracies after transfer');
  const from = source && (await trained(experiment, source, seed));
  const given = {
    ...{ of: inputs(target), seed, network: { network, width }, ...few, batchSize: BATCH, lr },
    ...(from && { from }),
  };
  const origin = source ? `from task ${source.id}` : 'from scratch';
  const { value } = await job(fineTuneKind, given, `task ${target.id} ${origin}, seed ${seed}`);
  const { testAccuracy } = value;
  tell({
    ...{ kind: 'fine-tuned', seed, source: source?.id ?? null, target: target.id },
    ...{ ...few, testAccuracy },
  });
  return testAccuracy;
}
