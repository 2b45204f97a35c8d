import { z } from 'zod';
import { distancesBetween } from '../../fisher/measure';
import { free } from '../../fisher/side-fisher';
import { type Artefact, defineKind } from '../kind';
import { AHEAD } from './cost';
import { fisherCost, type KeptFisher, keptFisher, type NetworksOn, takenFisher } from './fisher.node';

/** A cell of the distance matrix: from `networks` to the task whose images `of` has. */
export interface DistanceInputs extends NetworksOn {
  /** The Fisher of the task's own networks on the same images. */
  readonly own: Artefact<KeptFisher>;
  /** Of the log-det distance. */
  readonly epsilon: number;
  /** Other ones, to see what ε does. */
  readonly epsilons: readonly number[];
  readonly squaredFrechet: boolean;
}

const distancesSchema = z.strictObject({
  logdet: z.number(),
  frechet: z.number(),
  overEpsilon: z.array(z.number()),
  below: z.number(),
});

/** How far networks are from a task. The Fisher on its images is taken here and not kept. */
export const distanceKind = defineKind({
  name: 'distance',
  version: 1,
  check: (value) => distancesSchema.parse(value),
  cost: (inputs: DistanceInputs) => fisherCost(inputs),
  tail: () => AHEAD.distance,
  run: async (work, inputs: DistanceInputs) => {
    const own = await keptFisher(work.gpu, inputs.own);
    try {
      const other = await takenFisher(work, inputs, false);
      try {
        const distances = await distancesBetween(other, own, inputs);
        return { value: { ...distances, overEpsilon: [...distances.overEpsilon] } };
      } finally {
        free(other);
      }
    } finally {
      free(own);
    }
  },
});
