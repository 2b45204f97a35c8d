import { Command, Option } from 'commander';
import { distancePlan } from '../../experiment/plans/distance.node';
import { measuresPlan } from '../../experiment/plans/measures.node';
import { ESTIMATOR_NAMES } from '../../experiment/settings/fisher';
import type { Estimator } from '../../fisher/estimators';
import { DISTANCE_KINDS } from '../../report/distance-kind';
import { isTaskMeasure, MEASURES, type NearnessName } from '../../report/measures';
import { writeMeasures } from '../../report/measures-file.node';
import type { CommonOptions } from '../common-options';
import { type CliExperiment, withExperiment } from '../experiment';
import { averageOption } from '../fisher-settings';
import { example, type MatrixOptions, matrixOverride, withMatrixOptions } from '../options';
import { sayComparison } from '../said/compare-estimators';
import { writeDistance } from '../said/distance-file';
import { sayFrechet, sayMeasures } from '../said/measures';

interface DistanceOptions extends CommonOptions, MatrixOptions {
  readonly estimator?: readonly Estimator[];
  readonly measure?: readonly NearnessName[];
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
    .addOption(
      new Option(
        '--measure <names...>',
        `what to measure nearness by, see below (default: ${DISTANCE_KINDS.join(' and ')})`,
      ).choices(MEASURES.map(({ name }) => name)),
    )
    .addOption(averageOption())
    .addHelpText('after', measureHelp())
    .addHelpText(
      'after',
      example(
        'taskgrad distance --preset quick --out runs/distances',
        'taskgrad distance --measure leep logme --out runs/distances   # of the same networks',
        'taskgrad distance --images test --head padded --epsilon 1e-10 --estimator original --out runs/original   # as the paper’s program',
        'taskgrad distance --preset eight --data cifar10=data/cifar10 --estimator empirical batch original --out runs/matrix',
      ),
    )
    .action(({ estimator, measure, ...options }: DistanceOptions) =>
      withExperiment(options, matrixOverride(options), (experiment) =>
        distance(experiment, estimator, measure),
      ),
    );
}

/** What each measure needs, under the command's --help. */
function measureHelp(): string {
  const lines = MEASURES.map(
    ({ name, title, first, needs, source }) =>
      `  ${name.padEnd(20)}${title} (${source}), ${first} first: from ${needs}`,
  );
  return `\nMeasures:\n${lines.join('\n')}`;
}

/**
 * Networks and distances by each estimator, with file and pictures of them; task measures of the same networks where some are
 * asked for.
 * @param measures default: our distances
 */
export async function distance(
  experiment: CliExperiment,
  estimators?: readonly Estimator[],
  measures: readonly NearnessName[] = DISTANCE_KINDS,
): Promise<void> {
  const { say, out } = experiment;
  const others = measures.filter(isTaskMeasure);
  if (others.length < measures.length) {
    const measured = await distancePlan(experiment, estimators, (distance, number) =>
      writeDistance(experiment, distance, number === 0 ? '' : `-${distance.estimator}`),
    );
    const [first, second, ...more] = measured;
    if (first && measures !== DISTANCE_KINDS && measures.includes('frechet')) sayFrechet(experiment, first);
    if (first && second) sayComparison(experiment, [first, second, ...more]);
    say(`distances and heat maps are in ${out}`);
  }
  if (others.length === 0) return;
  const found = await measuresPlan(experiment, others);
  sayMeasures(experiment, found);
  const names = await writeMeasures(out, found);
  say(`${names.join(', ')} are in ${out}`);
}
