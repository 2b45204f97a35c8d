import {
  aCount,
  aFlag,
  aFunction,
  aList,
  aNumber,
  anObject,
  checkAll,
  kind,
  oneOf,
  optional,
  options,
} from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { aSplit, deviceSet } from '../training/guard';
import { FIRST_WEIGHTS } from './first-weights';
import { ALPHA_ORDERS, RENEWALS, SURVIVORS, WEIGHT_LOSSES, WINNER_HEADS } from './search-rules';

export const searchData = options({
  images: deviceSet,
  train: aSplit,
  validation: aSplit,
  classes: aCount,
});
export const testData = options({ images: deviceSet, split: aSplit });
const searchOptions = options({
  space: options({ operations: aList }),
  nodes: kind('3 or 4', (value) => value === 3 || value === 4),
  channels: aCount,
  candidates: optional(aNumber),
  rounds: aNumber,
  stages: aNumber,
  weightEpochs: aNumber,
  alphaEpochs: aNumber,
  batchSize: aNumber,
  seed: aNumber,
  alphaBatchSize: optional(aNumber),
  alphaOrder: optional(oneOf(...ALPHA_ORDERS)),
  optimizers: optional(oneOf(...RENEWALS)),
  winnerWeights: optional(oneOf(...FIRST_WEIGHTS)),
  winnerHead: optional(oneOf(...WINNER_HEADS)),
  distinct: optional(aFlag),
  sharedSeeds: optional(aFlag),
  survivor: optional(oneOf(...SURVIVORS)),
  weightLoss: optional(oneOf(...WEIGHT_LOSSES)),
  augment: optional(anObject),
  log: optional(aFunction),
  save: optional(aFunction),
  onProgress: optional(aFunction),
});
/** What each search is given. @throws ArgumentError */
export const checkSearch = (op: string, gpu: unknown, data: unknown, given: unknown): void =>
  checkAll(op, { gpu: [gpu, aGpu], data: [data, searchData], options: [given, searchOptions] });
