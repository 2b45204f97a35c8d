import { z } from 'zod';
import { drawnGenotypes, fewestParameters, mostConvolutions } from '../../nas/baselines';
import { genotypeSchema } from '../../nas/schemas';
import { UNSEARCHED_RULES } from '../../report/results';
import { defineKind } from '../kind';
import type { TaskInputs } from '../scene/inputs';
import { openScene } from '../scene/scene';
import { type SearchBudgets, surroundingsOf, wholeSearch } from '../scene/search-data';

/** Cells to be chosen without a search. */
export interface ChooseInputs {
  readonly of: TaskInputs;
  readonly plan: SearchBudgets;
  readonly seed: number;
  /** How many of those that random search draws. */
  readonly drawn: number;
}

const choicesSchema = z.array(z.strictObject({ rule: z.enum(UNSEARCHED_RULES), genotype: genotypeSchema }));
export type Choice = z.infer<typeof choicesSchema>[number];

/** The first cells that random search draws, and of all its draws those with most convolutions and fewest parameters. */
export const chooseKind = defineKind({
  name: 'choose',
  version: 1,
  check: (value) => choicesSchema.parse(value),
  run: async ({ gpu }, { of, plan, seed, drawn: count }: ChooseInputs) => {
    const { data, settings } = wholeSearch(openScene(gpu, of), plan, seed);
    const drawn = drawnGenotypes(settings, data);
    const [inputs, height, width] = data.images.shape;
    const network = { classes: data.classes, size: [height, width] as const, inputs, affine: true };
    const value: Choice[] = [
      ...drawn.slice(0, count).map((genotype): Choice => ({ rule: 'drawn', genotype })),
      { rule: 'most convolutions', genotype: mostConvolutions(drawn) },
      {
        rule: 'fewest parameters',
        genotype: fewestParameters(gpu, drawn, { ...network, ...surroundingsOf(plan) }),
      },
    ];
    return { value };
  },
});
