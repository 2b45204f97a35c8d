import { openGpu } from '../../src/browser';
import type { SpecialCases } from '../golden/special';
import { inexactSums } from '../ops/long-sums';
import { imprecise, precisions } from '../ops/precision';
import { rowPrecisions } from '../ops/row-precision';
import { type Comparison, compareSpecialCases } from '../ops/special-values';
import { type OpRun, runOps } from './op-run';

declare global {
  /** What a page of the op test can be asked for. */
  var runOpsHere: () => Promise<OpRun[]>;
  var compareSpecialCasesHere: (cases: SpecialCases) => Promise<Comparison>;
  /** What is too far from f64, in words. */
  var impreciseHere: () => Promise<string[]>;
  var inexactSumsHere: () => Promise<string[]>;
}

globalThis.runOpsHere = async () => {
  using gpu = await openGpu();
  return await runOps(gpu);
};

globalThis.compareSpecialCasesHere = async (cases) => {
  using gpu = await openGpu();
  return await compareSpecialCases(gpu, cases);
};

globalThis.impreciseHere = async () => {
  using gpu = await openGpu();
  return imprecise([...(await precisions(gpu)), ...(await rowPrecisions(gpu))]);
};

globalThis.inexactSumsHere = async () => {
  using gpu = await openGpu();
  return await inexactSums(gpu);
};
