import type { Genotype } from '../genotype';
import type { Round, Stage } from '../round';
import type { OptimizerSteps, SearchState, Steps } from '../search-state';
import type { StateSchema } from './method';

/** Where FUSE stands. `round` equals the number of rounds once it is done. */
export interface FuseState extends SearchState<'fuse'>, Steps {
  /** Rounds made. */
  readonly round: number;
  /** Stages of the current round that were made. */
  readonly stage: number;
  /** What learns. */
  readonly phase: 'weights' | 'alpha';
  /** Of the weights, in a stage of the current round; and those made in all stages before the current one. */
  readonly weightSteps: number;
  /** Steps of the weights in all stages before the current one. */
  readonly made: number;
  /** Spent in the finished rounds, in units of work. */
  readonly work: number;
  /** Steps that the optimisers have made in the current round. */
  readonly optimizerSteps: OptimizerSteps;
  /** The cells of the current round. */
  readonly candidates: readonly Genotype[];
  /** Finished rounds, then the stages of the current one. */
  readonly rounds: readonly Round[];
  /** The stages of the current round that were made. */
  readonly stages: readonly Stage[];
  /** Of the last steps of the weights. */
  readonly trainLoss: number;
  /** Of the last round's winner by itself. */
  readonly validationAccuracy: number;
}

/** What stands in the state beside method and settings. */
export const shapeOf = ({ z, count, ...parts }: Parameters<StateSchema<FuseState>>[0]) => ({
  round: count,
  stage: count,
  phase: z.enum(['weights', 'alpha']),
  ...parts.stepsShape,
  weightSteps: count,
  made: count,
  work: z.number().nonnegative(),
  optimizerSteps: parts.optimizerStepsSchema,
  candidates: z.array(parts.genotypeSchema).min(1),
  rounds: z.array(parts.roundSchema),
  stages: z.array(parts.stageSchema),
  trainLoss: z.number(),
  validationAccuracy: z.number(),
});

export const stateSchema: StateSchema<FuseState> = (parts) => parts.searchState('fuse', shapeOf(parts));
