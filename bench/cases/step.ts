import type { Suite } from '../bench';
import { type Case, runCases } from '../case';
import { type PeeredNet, TRAINED_NETS } from '../nets/nets';
import { openPeerTraining, openTraining } from '../nets/training';
import type { Row } from '../row';
import { captureRows } from './capture';

/** The loss of the second step shows what the first one's gradients were; both engines agree on it to some 10⁻⁵. */
const CHECKED_STEPS = 2;

export const stepCase = (trained: PeeredNet): Case => ({
  work: 'Adam step',
  shape: `${trained.name}, ${trained.images.join('×')}`,
  target: { of: 'ratio', atLeast: 6 },
  checks: CHECKED_STEPS,
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
});

const cases = TRAINED_NETS.map(stepCase);

/** What a step costs until the GPU has all of it, of the same measurement. */
function scriptRow({ shape, timing, rival }: Row): Row | undefined {
  if (!timing) return undefined;
  const theirs = rival?.timing?.handOver;
  return {
    work: 'Adam step, JavaScript',
    shape,
    unit: 'ms',
    ours: timing.handOver,
    rival: rival && theirs !== undefined ? { name: rival.name, value: theirs } : undefined,
  };
}

/** One step of training: forward, backward, Adam. */
export const stepSuite: Suite = {
  name: 'step',
  rows: async function* (bench) {
    for await (const row of runCases(bench, cases)) {
      yield row;
      const script = scriptRow(row);
      if (script) yield script;
    }
    yield* captureRows(bench);
  },
};
