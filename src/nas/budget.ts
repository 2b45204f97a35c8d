import { effectOf } from './operations/defined';
import type { FullSettings, SearchData } from './settings';

/** Genotypes that FUSE sees, and the weight steps it makes, counted for each network. */
export function fuseBudget(settings: FullSettings, data: SearchData): { genotypes: number; steps: number } {
  const { candidates, rounds, stages, weightEpochs, batchSize } = settings;
  const stepsPerEpoch = Math.ceil(data.train.indices.length / batchSize);
  return {
    genotypes: candidates + (rounds - 1) * (candidates - 1),
    steps: candidates * rounds * stages * weightEpochs * stepsPerEpoch,
  };
}

/**
 * Steps that DARTS makes on FUSE's budget. On every edge a drawn cell computes one operation, and the supernet all of
 * them. So one of its steps counts for as many steps of a cell. `none` costs nothing and is left out on both sides.
 * Steps of α are not counted, as they are not in FUSE.
 */
export function dartsSteps(settings: FullSettings, data: SearchData): number {
  const computed = settings.space.operations.filter((name) => effectOf(name) !== 'nothing').length;
  return Math.max(1, Math.floor(fuseBudget(settings, data).steps / Math.max(1, computed)));
}
