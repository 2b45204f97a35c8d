import { trainingSchema } from '../../report/results';
import { defineKind } from '../kind';
import { stepsCost } from './cost';
import { type NetworkInputs, trainNetwork } from './network.node';

/** A hand-made network trained on the final budget, to be set beside what searches find. */
export const baselineKind = defineKind({
  name: 'baseline',
  version: 1,
  check: (value) => trainingSchema.parse(value),
  cost: ({ training }: NetworkInputs) => stepsCost(training),
  run: trainNetwork,
});
