import { Command, Option } from 'commander';
import type { Estimator } from '../../fisher/estimators';
import { averageOption, ESTIMATOR_NAMES } from '../fisher-settings';
import { example, type MatrixOptions, matrixOverride, withMatrixOptions } from '../options';
import { type CommonOptions, type Session, withSession } from '../session';
import { sayComparison } from '../stages/compare-estimators';
import { writeDistance } from '../stages/distance-file';
import { computeDistances, sayDistances, trainAll } from '../stages/distances';

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
      withSession(options, matrixOverride(options), (session) => distance(session, estimator)),
    );
}

/** Networks and distances in one session, by each estimator, with file and pictures of them. */
export async function distance(session: Session, estimators?: readonly Estimator[]): Promise<void> {
  const wanted = estimators ? [...new Set(estimators)] : [session.settings.fisher.estimator];
  await trainAll(session);
  const measured = [];
  for (const estimator of wanted) {
    const distance = await computeDistances(session, estimator);
    if (wanted.length > 1) session.say(`\nestimator ${estimator}:`);
    sayDistances(session, distance);
    await writeDistance(session, distance, measured.length === 0 ? '' : `-${estimator}`);
    measured.push(distance);
  }
  const [first, second, ...more] = measured;
  if (first && second) sayComparison(session, [first, second, ...more]);
  session.say(`distances and heat maps are in ${session.out}`);
}
