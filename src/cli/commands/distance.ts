import { Command, Option } from 'commander';
import { distancePlan } from '../../experiment/plans/distance.node';
import { ESTIMATOR_NAMES } from '../../experiment/settings/fisher';
import type { Estimator } from '../../fisher/estimators';
import type { CommonOptions } from '../common-options';
import { type CliExperiment, withExperiment } from '../experiment';
import { averageOption } from '../fisher-settings';
import { example, type MatrixOptions, matrixOverride, withMatrixOptions } from '../options';
import { sayComparison } from '../said/compare-estimators';
import { writeDistance } from '../said/distance-file';

interface DistanceOptions extends CommonOptions, MatrixOptions {
  readonly estimator?: readonly Estimator[];
}

export function distanceCommand(): Command {
  return withMatrixOptions(new Command('distance'))
    .description('Compute the distances between all tasks over the seeds, training networks that are missing')
    .addOption(
      new Option(
        '--estimator <names...>',
        'estimators of the Fisher information; more than one are set side by side (default: the preset’s)',
      ).choices(ESTIMATOR_NAMES),
    )
    .addOption(averageOption())
    .addHelpText(
      'after',
      example(
        'taskgrad distance --preset quick --out runs/distances',
        'taskgrad distance --images test --head padded --epsilon 1e-10 --estimator original --out runs/original   # as the paper’s program',
        'taskgrad distance --preset eight --data cifar10=data/cifar10 --estimator empirical batch original --out runs/matrix',
      ),
    )
    .action(({ estimator, ...options }: DistanceOptions) =>
      withExperiment(options, matrixOverride(options), (experiment) => distance(experiment, estimator)),
    );
}

/** Networks and distances by each estimator, with file and pictures of them. */
export async function distance(experiment: CliExperiment, estimators?: readonly Estimator[]): Promise<void> {
  const measured = await distancePlan(experiment, estimators, (distance, number) =>
    writeDistance(experiment, distance, number === 0 ? '' : `-${distance.estimator}`),
  );
  const [first, second, ...more] = measured;
  if (first && second) sayComparison(experiment, [first, second, ...more]);
  experiment.say(`distances and heat maps are in ${experiment.out}`);
}
