import { backward } from '../../src/autograd/backward';
import { resnet18 } from '../../src/models/resnet';
import { checkpoint } from '../../src/nn/module';
import { crossEntropy } from '../../src/ops/cross-entropy';
import { Adam } from '../../src/optim/adam';
import { type Bench, isWanted, type Suite } from '../bench';
import { trustedRows } from '../case';
import { CLASSES, type TimedNet, whole } from '../nets/nets';
import { openImages, openNet } from '../nets/training';
import type { Row } from '../row';
import { networkWork, Torch } from '../torch';

const BYTES_PER_MB = 1e6;
/** The published width, which memory is short for. */
const NET: TimedNet = {
  name: 'ResNet-18',
  images: [64, 3, 32, 32],
  open: (gpu) => whole(resnet18(gpu, { classes: CLASSES })),
};
const FACTS = { shape: `${NET.name}, ${NET.images.join('×')}`, unit: 'MB' } as const;
const PLAIN = 'Adam step, peak memory';
const CHECKPOINTS = `${PLAIN}, blocks as checkpoints`;

/** Most megabytes of GPU memory in an Adam step, on a GPU that did nothing else. */
async function peakOf({ openGpu }: Bench, withCheckpoints: boolean): Promise<number> {
  const gpu = await openGpu();
  try {
    const { net, parameters, forward } = openNet(gpu, NET);
    if (withCheckpoints) for (const block of net.modules()) if ('conv2' in block) checkpoint(block);
    const { inputs, labels } = openImages(gpu, NET);
    const adam = new Adam(parameters);
    gpu.scope(() => backward(crossEntropy(forward(inputs), labels)));
    adam.step();
    adam.zeroGrad();
    await gpu.runtime.idle();
    return gpu.memory().peakBytes / BYTES_PER_MB;
  } finally {
    gpu.dispose();
  }
}

/** PyTorch's of the same step; undefined where it is missing. */
async function torchPeak({ openGpu }: Bench): Promise<number | undefined> {
  const torch = Torch.open();
  if (typeof torch === 'string') return undefined;
  const gpu = await openGpu();
  try {
    const { state } = openNet(gpu, NET);
    const peer = await torch.contestant(networkWork('step', { ...NET, reference: { net: NET.name } }, state));
    peer.run();
    await peer.finish();
    return (await torch.peakBytes()) / BYTES_PER_MB;
  } finally {
    torch.close();
    gpu.dispose();
  }
}

async function* memoryRows(bench: Bench): AsyncGenerator<Row> {
  const plain = await peakOf(bench, false);
  const theirs = await torchPeak(bench);
  const rival = theirs === undefined ? undefined : { name: 'PyTorch', value: theirs };
  yield { ...FACTS, work: PLAIN, ours: plain, rival };
  const less = await peakOf(bench, true);
  yield { ...FACTS, work: CHECKPOINTS, ours: less, rival: { name: 'without', value: plain } };
}

/** What the training of a large network holds at most. */
export const memorySuite: Suite = {
  name: 'memory',
  rows: async function* (bench) {
    const facts = { ...FACTS, work: PLAIN };
    if (isWanted(bench, facts)) yield* trustedRows(facts, memoryRows(bench));
  },
};
