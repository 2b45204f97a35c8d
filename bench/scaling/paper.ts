import type { NotedDataset } from '../../src/data/dataset';
import { CIFAR10 } from '../../src/data/sets/cifar10';
import { type Experiment, makeExperiment } from '../../src/experiment/plans/experiment.node';
import type { Job } from '../../src/experiment/run.node';
import { resolveTasks } from '../../src/experiment/scene/sets.node';
import type { Settings } from '../../src/experiment/settings/presets';
import { builtInTask } from '../../src/tasks/catalogue';
import { sourceKey } from '../../src/tasks/task';

interface Fake {
  readonly name: string;
  readonly train: number;
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly classes: readonly string[];
}

const TEST_IMAGES = 10_000;
const DIGITS = Array.from('0123456789');
const SETS: Readonly<Record<string, Fake>> = {
  mnist: { name: 'MNIST', train: 60_000, shape: [1, 28, 28], classes: DIGITS },
  cifar10: { name: 'CIFAR-10', train: 50_000, shape: [3, 32, 32], classes: CIFAR10.classes },
};

/**
 * An experiment on MNIST and CIFAR-10 without their pictures: plans look at sizes and classes only. What it is made for is given
 * by whoever does its jobs.
 */
export function experimentWithoutPictures(settings: Settings): (job: Job) => Experiment {
  const specs = settings.tasks.map((id) => builtInTask(id) ?? unknown(`task ${id}`));
  const keys = specs.map(({ dataset }) => sourceKey(dataset));
  const datasets = new Map(keys.map((key) => [key, fake(SETS[key] ?? unknown(`data set ${key}`))]));
  const tasks = resolveTasks(specs, datasets);
  return (job) => makeExperiment({ settings, tasks, datasets, job });
}

function fake({ name, train, shape, classes }: Fake): NotedDataset {
  const part = (name: string, count: number) => ({
    name,
    images: new Uint8Array(),
    labels: Uint8Array.from({ length: count }, (_, i) => i % classes.length),
    shape,
    classes,
  });
  const half = Array.from({ length: shape[0] }, () => 0.5);
  return {
    name,
    train: part('train', train),
    test: part('test', TEST_IMAGES),
    mean: half,
    std: half,
    notes: [],
  };
}

function unknown(what: string): never {
  throw new RangeError(
    `simulation: the ${what} is not known; it is made for tasks of ${Object.keys(SETS).join(' and ')}`,
  );
}
