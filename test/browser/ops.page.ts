import { openGpu } from '../../src/browser';
import { type OpRun, runOps } from './op-run';

declare global {
  /** What a page of the op test can be asked for. */
  var runOpsHere: () => Promise<OpRun[]>;
}

globalThis.runOpsHere = async () => {
  using gpu = await openGpu();
  return await runOps(gpu);
};
