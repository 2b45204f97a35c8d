import { aCount, aFunction, aList, aNumber, checkAll, kind, optional, options } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { aSplit, deviceImages } from '../training/guard';

export const searchData = options({
  images: deviceImages,
  train: aSplit,
  validation: aSplit,
  classes: aCount,
});
export const testData = options({ images: deviceImages, split: aSplit });
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
  log: optional(aFunction),
  save: optional(aFunction),
  onProgress: optional(aFunction),
});
/** What each search is given. @throws ArgumentError */
export const checkSearch = (op: string, gpu: unknown, data: unknown, given: unknown): void =>
  checkAll(op, { gpu: [gpu, aGpu], data: [data, searchData], options: [given, searchOptions] });
