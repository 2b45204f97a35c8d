import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { ESTIMATORS, type Estimator } from '../fisher/estimators';
import { HEAD_RULES, type HeadRule } from '../fisher/head';
import { FISHER_IMAGES, type FisherImages } from '../report/distance-kind';

export const ESTIMATOR_NAMES = Object.keys(ESTIMATORS) as Estimator[];

/** How the distances between tasks are measured. */
export const fisherSchema = z.strictObject({
  estimator: z.enum(ESTIMATOR_NAMES),
  /** How the heads of two networks are put side by side. */
  head: z.enum(HEAD_RULES),
  /** Of the log-det distance. */
  epsilon: z.number().positive(),
  /** Whether Fishers are averaged over the seeds before they are compared. */
  average: z.boolean(),
  /** What they are taken on: training images that nothing trains on, or test images, as in the paper. */
  images: z.enum(FISHER_IMAGES),
  /** Images a task, at most. */
  count: z.int().positive(),
  batchSize: z.int().positive(),
});
export type FisherSettings = z.infer<typeof fisherSchema>;

/** Options that say how distances are measured. */
export interface FisherOptions {
  readonly head?: HeadRule;
  readonly epsilon?: number;
  readonly images?: FisherImages;
  readonly average?: true;
}

export const withFisherOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--images <kind>',
        'what the Fisher information is taken on: held-out, training images that nothing trains on; or test, as in the paper, which opens the test images before the end (default: the preset’s)',
      ).choices(FISHER_IMAGES),
    )
    .addOption(
      new Option(
        '--head <rule>',
        'heads of two networks: matched by what they predict, none (left out), or padded in the order of the labels, as in the paper (default: the preset’s)',
      ).choices(HEAD_RULES),
    )
    .option(
      '--epsilon <x>',
      'number added to every entry of a Fisher in the log-det distance (default: the preset’s)',
      epsilon,
    );

/** Not for `transfer`, which needs the distances of each seed. */
export const averageOption = () =>
  new Option('--average', 'average the Fishers of each task over the seeds before they are compared');

/** The settings with what the options say; nothing where they say nothing. */
export function fisherOverride(
  { head, epsilon, images, average }: FisherOptions,
  preset: FisherSettings,
): { fisher?: FisherSettings } {
  const given = Object.entries({ head, epsilon, images, average }).filter(([, value]) => value !== undefined);
  return given.length > 0 ? { fisher: { ...preset, ...Object.fromEntries(given) } } : {};
}

/** As `logDetDistance` takes it. */
const LEAST = 2 ** -126;

function epsilon(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= LEAST && value < 1) return value;
  throw new InvalidArgumentError('Expected a number above 0 and below 1, such as 1e-8.');
}
