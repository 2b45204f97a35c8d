import { drawnGenotypes, fewestParameters, mostConvolutions } from '../../nas/baselines';
import type { Genotype } from '../../nas/genotype';
import { completeSettings } from '../../nas/settings';
import { formatPercent } from '../../report/format';
import type { Unsearched } from '../../report/results';
import type { Task } from '../../tasks/task';
import type { Session } from '../session';
import { finalTraining } from './finals';
import { searchData, searchSettings, surroundingsOf, wholeSpace } from './search-setup';

type Choice = Pick<Unsearched, 'rule' | 'genotype'>;

/**
 * Cells that nobody searched, trained as winners are: the first of those that random search draws, and of all its draws
 * the ones with most convolutions and with fewest parameters. What a search is worth is seen beside them.
 */
export async function trainUnsearched(session: Session, target: Task): Promise<Unsearched[]> {
  const { seed } = session.settings;
  const trained: Unsearched[] = [];
  for (const [number, { rule, genotype }] of choicesOf(session, target).entries()) {
    const label = rule === 'drawn' ? `cell ${number + 1} drawn` : `cell of ${rule}`;
    const final = await finalTraining(session, { label, target, genotype, seed });
    const { testError, parameters, headParameters, steps, gpuSeconds } = final;
    const one = {
      rule,
      genotype,
      testError,
      parameters,
      headParameters,
      training: { steps, networks: 1, gpuSeconds },
    };
    session.say(`${label}: test error ${formatPercent(testError)} % with cell ${genotype.hash}`, {
      event: 'unsearched',
      ...one,
    });
    trained.push(one);
  }
  return trained;
}

function choicesOf(session: Session, target: Task): Choice[] {
  const { gpu, settings } = session;
  if (settings.unsearched === 0) return [];
  const data = searchData(session, target, settings.search.images, settings.seed);
  const search = completeSettings(searchSettings(session, target, wholeSpace(session), settings.seed), data);
  const drawn = drawnGenotypes(search, data);
  const [inputs, height, width] = data.images.shape;
  const network = { classes: data.classes, size: [height, width] as const, inputs, affine: true };
  const fewest = (genotypes: readonly Genotype[]) =>
    fewestParameters(gpu, genotypes, { ...network, ...surroundingsOf(settings) });
  return [
    ...drawn.slice(0, settings.unsearched).map((genotype): Choice => ({ rule: 'drawn', genotype })),
    { rule: 'most convolutions', genotype: mostConvolutions(drawn) },
    { rule: 'fewest parameters', genotype: fewest(drawn) },
  ];
}
