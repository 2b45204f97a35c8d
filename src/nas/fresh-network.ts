import { xavierConvolutions } from '../models/initialise';
import type { Gpu } from '../tensor/gpu';
import type { Surroundings } from './backbone';
import { CellNetwork } from './cell';
import type { FirstWeights } from './first-weights';
import type { Genotype } from './genotype';
import { imageShapeOf } from './image-shape';
import { seedFor } from './seeds';
import type { SearchData } from './settings';

/** How a search's networks are built, but for their weights. */
export interface NetworkOptions extends Surroundings {
  readonly affine?: boolean;
  readonly firstWeights?: FirstWeights;
}

/** A network with fresh weights that follow from the seed and its number, whatever ran before. */
export function freshNetwork(
  gpu: Gpu,
  genotype: Genotype,
  { images, classes }: Pick<SearchData, 'images' | 'classes'>,
  { seed, number, firstWeights, ...options }: NetworkOptions & { seed: number; number: number },
): CellNetwork {
  const [inputs, height, width] = imageShapeOf('cell', images);
  gpu.manualSeed(seedFor(seed, 'weights', number));
  const network = new CellNetwork(gpu, genotype, { classes, size: [height, width], inputs, ...options });
  if (firstWeights === 'xavier') xavierConvolutions(network);
  return network;
}
