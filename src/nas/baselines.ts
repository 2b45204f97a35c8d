import type { Gpu } from '../tensor/gpu';
import { searchBudget } from './budget';
import { CellNetwork, type CellNetworkOptions } from './cell';
import { type Genotype, liveEdges } from './genotype';
import { effectOf } from './operations/defined';
import { randomFor } from './seeds';
import type { FullSettings, SearchData } from './settings';
import { drawDistinct } from './space';

/**
 * The genotypes that random search draws with these settings, in its order. Their mean is what no search reaches.
 * @throws SearchSpaceError if the space has too few cells
 */
export function drawnGenotypes(settings: FullSettings, data: SearchData): Genotype[] {
  const { networks } = searchBudget(settings, data);
  return drawDistinct(settings.space, settings, networks, randomFor(settings.seed, 'genotypes', 0));
}

/**
 * Edges on which a network computes with weights, those of a reduction cell included. Edges that carry nothing do not
 * count.
 */
export function convolutionEdges({ nodes, edges: normal, reduction }: Genotype): number {
  return [normal, ...(reduction ? [reduction] : [])].reduce((count, edges) => {
    const live = liveEdges({ nodes, edges });
    return count + live.filter((edge) => effectOf(edges[edge]) === 'learned').length;
  }, 0);
}

/** The genotype with most convolution edges; of equal ones the first. @throws RangeError on an empty list */
export const mostConvolutions = (genotypes: readonly Genotype[]): Genotype =>
  bestBy(genotypes, convolutionEdges);

/**
 * The genotype whose network has fewest parameters, of those that let anything through from the images to the head, if
 * there are any; of equal ones the first.
 * @throws RangeError on an empty list
 */
export function fewestParameters(
  gpu: Gpu,
  genotypes: readonly Genotype[],
  options: CellNetworkOptions,
): Genotype {
  const open = genotypes.filter(isOpen);
  return bestBy(open.length > 0 ? open : genotypes, (one) => -parameterCount(gpu, one, options));
}

/** Whether a network computes anything from the images: a cell that carries nothing always gives the same logits. */
const isOpen = ({ nodes, edges: normal, reduction = normal }: Genotype): boolean =>
  [normal, reduction].every((edges) => liveEdges({ nodes, edges }).length > 0);

/** Parameters of a genotype's network. It is built for that, and freed. */
export function parameterCount(gpu: Gpu, genotype: Genotype, options: CellNetworkOptions): number {
  const network = new CellNetwork(gpu, genotype, options);
  const count = network.parameterCount();
  network.dispose();
  return count;
}

function bestBy(genotypes: readonly Genotype[], score: (genotype: Genotype) => number): Genotype {
  if (genotypes.length === 0) throw new RangeError('no genotypes to choose from, expected at least one');
  const scores = genotypes.map(score);
  return genotypes[scores.indexOf(Math.max(...scores))];
}
