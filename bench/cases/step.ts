import type { Suite } from '../bench';
import { type Case, runCases } from '../case';
import { TRAINED_NETS } from '../nets/nets';
import { openPeerTraining, openTraining } from '../nets/training';

/** Steps build on each other: a wrong gradient shows in the loss after it. */
const CHECKED_STEPS = 5;
/** Adam divides a gradient by its own size, so that rounding in small ones soon grows. */
const TOLERANCE = 1e-2;

const cases: readonly Case[] = TRAINED_NETS.map((trained) => ({
  work: 'Adam step',
  shape: `${trained.name}, ${trained.images.join('×')}`,
  target: { of: 'ratio', atLeast: 6 },
  ...{ checks: CHECKED_STEPS, tolerance: TOLERANCE },
  open: (gpu) => {
    const ours = openTraining(gpu, trained);
    return {
      ours,
      peer: (peer) =>
        peer.name === 'tfjs-wasm'
          ? 'tfjs-wasm has no weight gradient of a convolution'
          : openPeerTraining(peer, trained, ours.state),
    };
  },
}));

/** One step of training: forward, backward, Adam. */
export const stepSuite: Suite = { name: 'step', rows: (bench) => runCases(bench, cases) };
