import type { Training } from '../../report/results';
import { isCifar } from '../../tasks/catalogue';
import type { Task } from '../../tasks/task';
import type { Artefact } from '../kind';
import { baselineKind } from '../kinds/baseline.node';
import { type NetworkInputs, networkKind } from '../kinds/network.node';
import { type Experiment, inOrder } from './experiment.node';

/** All seeds of an experiment, the first one first. */
export const seedsOf = ({ settings }: Pick<Experiment, 'settings'>): number[] =>
  Array.from({ length: settings.seeds }, (_, i) => settings.seed + i);

/** The network of one task and seed in the distance matrix, and what it is called. */
export function networkJob(
  experiment: Pick<Experiment, 'settings' | 'inputs' | 'autoBatch'>,
  task: Task,
  seed: number,
): { readonly name: string; readonly inputs: NetworkInputs } {
  const { settings, inputs, autoBatch } = experiment;
  const { training, protocol } = settings;
  const epochs = training.epochs * (isCifar(task) ? protocol.cifarEpochs : 1);
  return {
    name: `${training.network}-task${task.id}-seed${seed}`,
    inputs: { of: inputs(task), seed, training: { ...training, epochs }, ...(autoBatch && { autoBatch }) },
  };
}

/** The trained network of one task and seed in the distance matrix. */
export async function trained(experiment: Experiment, task: Task, seed: number): Promise<Artefact<Training>> {
  const { job, testImages, settings } = experiment;
  testImages.note(task, 'accuracies of trained networks');
  if (settings.protocol.networkTest !== undefined)
    testImages.note(task, 'running statistics of trained networks');
  const { name, inputs } = networkJob(experiment, task, seed);
  return job(networkKind, inputs, name);
}

/** Trains the network of every task and seed. */
export async function trainAll(experiment: Experiment): Promise<Training[]> {
  const { settings, task, tell } = experiment;
  const wanted = seedsOf(experiment).flatMap((seed) =>
    settings.tasks.map(task).map(async (task) => {
      const { value } = await trained(experiment, task, seed);
      return { name: networkJob(experiment, task, seed).name, training: value };
    }),
  );
  const all = await inOrder(wanted, (one) => tell({ kind: 'trained', ...one }));
  return all.map(({ training }) => training);
}

/** Hand-made networks on a task, trained on the final budget. */
export async function trainBaselines(experiment: Experiment, task: Task): Promise<Training[]> {
  const { settings, inputs, job, tell, autoBatch } = experiment;
  const wanted = settings.baselines.map(async ({ network, width }) => {
    const name = `${network}-final-task${task.id}`;
    const training = { ...settings.final, network, width };
    const given = { of: inputs(task), seed: settings.seed, training, ...(autoBatch && { autoBatch }) };
    const { value } = await job(baselineKind, given, name);
    return { name, training: value, title: width === 1 ? network : `${network} × ${width}` };
  });
  const all = await inOrder(wanted, ({ name, training }) => tell({ kind: 'trained', name, training }));
  return all.map(({ training, title }) => ({ ...training, network: title }));
}
