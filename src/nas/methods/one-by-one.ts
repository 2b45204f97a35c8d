import type { Measure } from '../../training/stats';
import type { EvaluateOptions } from '../evaluate-genotype';
import type { Genotype } from '../genotype';
import type { SearchOutcome } from '../round';
import type { FullSettings } from '../settings';

/** What the settings say of how a cell is trained by itself and scored. */
export function trainingOf(settings: FullSettings): Omit<EvaluateOptions, 'steps'> {
  const { batchSize, alphaBatchSize, alphaOrder, augment, seed, weightLr, backbone, head } = settings;
  return { batchSize, alphaBatchSize, alphaOrder, augment, seed, weightLr, backbone, head };
}

/** What is found by a search whose candidates were trained one by one: the lowest validation loss wins. */
export function lowestLoss(
  candidates: readonly Genotype[],
  measures: readonly Measure[],
  steps: number,
): SearchOutcome {
  const losses = measures.map(({ loss }) => loss);
  const winner = losses.indexOf(Math.min(...losses));
  const round = {
    round: 0,
    candidates,
    stages: [],
    winner,
    entropy: null,
    decided: null,
    candidateValidationLoss: losses,
  };
  return {
    winner: candidates[winner],
    validationAccuracy: measures[winner].accuracy,
    rounds: [round],
    spent: { steps: candidates.length * steps, networks: candidates.length },
  };
}
