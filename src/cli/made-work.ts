import { type Command, InvalidArgumentError, Option } from 'commander';
import { backward } from '../autograd/backward';
import { diagonal } from '../fisher/diagonal';
import { makeNetwork, NETWORK_NAMES, type NetworkName } from '../models/catalogue';
import { crossEntropy } from '../ops/cross-entropy';
import { Adam } from '../optim/adam';
import type { Gpu } from '../tensor/gpu';
import { Random } from '../tensor/random';
import type { CommonOptions } from './common-options';
import { adapterOption, wholeNumber } from './options';

/** A network, and the images made for it. */
export interface WorkOptions extends Pick<CommonOptions, 'adapter'> {
  readonly network: NetworkName;
  readonly width: number;
  readonly batch: number;
  readonly size: number;
  readonly channels: number;
}

const CLASSES = 10;
const SEED = 0;
export const MOST = 9999;

export function withWorkOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--network <name>', 'network to work with').choices(NETWORK_NAMES).default('smallCifarNet'),
    )
    .option('--width <factor>', 'factor on the network’s widths', positive, 1)
    .option('--batch <n>', 'images a batch', wholeNumber(1, MOST), 64)
    .option('--size <pixels>', 'height and width of the images', wholeNumber(1, MOST), 32)
    .option('--channels <n>', 'channels of the images', wholeNumber(1, MOST), 3)
    .addOption(adapterOption());
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

/** What a network does with random images. */
export interface MadeWork {
  /** Forward and backward; the gradients are dropped. */
  readonly gradients: () => void;
  readonly train: (steps: number) => Promise<void>;
  readonly fisher: () => Promise<void>;
}

export function makeWork(gpu: Gpu, { network, width, batch, size, channels }: WorkOptions): MadeWork {
  const net = makeNetwork(gpu, network, { classes: CLASSES, channels, size, width });
  const adam = new Adam(net.parameters());
  const inputs = gpu.randn([batch, channels, size, size], { seed: SEED });
  const random = new Random(SEED);
  const labels = gpu.tensor(
    Int32Array.from({ length: batch }, () => random.int(CLASSES)),
    [batch],
  );
  const step = (update: () => void) => {
    gpu.scope(() => backward(crossEntropy(net.forward(inputs), labels)));
    update();
    adam.zeroGrad();
  };
  return {
    gradients: () => step(() => undefined),
    train: async (steps) => {
      for (let i = 0; i < steps; i++) {
        step(() => adam.step());
        await gpu.pace();
      }
    },
    fisher: async () => {
      for (const tensor of (await diagonal(net, [{ inputs, labels }])).values()) tensor.dispose();
    },
  };
}
