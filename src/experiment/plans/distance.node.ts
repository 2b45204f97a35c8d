import type { Estimator } from '../../fisher/estimators';
import type { Distance } from '../../report/results';
import { computeDistances } from './distances.node';
import type { Experiment } from './experiment.node';
import { trainAll } from './networks.node';

/**
 * Networks and distances by each estimator.
 * @param estimators default: the settings' one
 * @param onDistance told each matrix before the next one is begun
 */
export async function distancePlan(
  experiment: Experiment,
  estimators: readonly Estimator[] = [experiment.settings.fisher.estimator],
  onDistance: (distance: Distance, number: number) => Promise<void> = async () => undefined,
): Promise<Distance[]> {
  await trainAll(experiment);
  const measured: Distance[] = [];
  for (const estimator of new Set(estimators)) {
    const { distance } = await computeDistances(experiment, estimator);
    await onDistance(distance, measured.length);
    measured.push(distance);
  }
  return measured;
}
