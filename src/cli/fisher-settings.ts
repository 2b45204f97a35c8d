import { type Command, InvalidArgumentError, Option } from 'commander';
import type { FisherSettings } from '../experiment/settings/fisher';
import { HEAD_RULES, type HeadRule } from '../fisher/head';
import { FISHER_IMAGES, type FisherImages } from '../report/distance-kind';

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
