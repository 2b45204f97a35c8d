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

/** One for all, so that a kernel is compiled once. */
const gpu = openGpu();

globalThis.runOpsHere = async () => runOps(await gpu);

globalThis.compareSpecialCasesHere = async (cases) => compareSpecialCases(await gpu, cases);

globalThis.impreciseHere = async () => {
  const gpus = [await gpu];
  return imprecise([...(await precisions(gpus)), ...(await rowPrecisions(gpus))].flat());
};

globalThis.inexactSumsHere = async () => inexactSums(await gpu);
