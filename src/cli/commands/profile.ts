import { Command, InvalidArgumentError, Option } from 'commander';
import { compare, GROUPINGS, type Grouping, type Profile } from '../../../runtime/profile';
import { backward } from '../../autograd/backward';
import { diagonal } from '../../fisher/diagonal';
import { makeNetwork, NETWORK_NAMES, type NetworkName } from '../../models/catalogue';
import type { Module } from '../../nn/module';
import { openGpu } from '../../node';
import { crossEntropy } from '../../ops/cross-entropy';
import { Adam } from '../../optim/adam';
import type { Optimizer } from '../../optim/optimizer';
import { readProfile } from '../../report/profile-file.node';
import { differenceTable } from '../../report/profile-table';
import { tableText } from '../../report/table';
import type { Gpu } from '../../tensor/gpu';
import { Random } from '../../tensor/random';
import type { Tensor } from '../../tensor/tensor';
import { adapterOption, example, wholeNumber } from '../options';
import { MOST_ROWS, sayProfile, writeProfileFiles } from '../profiling';
import { type Reporter, reporterFor } from '../progress';
import { type CommonOptions, sayAdapter } from '../session';

interface ProfileOptions extends Pick<CommonOptions, 'adapter'> {
  readonly network: NetworkName;
  readonly width: number;
  readonly batch: number;
  readonly size: number;
  readonly channels: number;
  readonly steps: number;
  readonly by: Grouping;
  readonly trace?: string;
  readonly json?: string;
  readonly flame?: string;
  readonly diff?: readonly string[];
}

const CLASSES = 10;
const SEED = 0;
/** Steps before the measured ones: they compile, fill the pool and the caches. */
const WARM_UP_STEPS = 3;
const FOUR_DIGITS = 9999;

export function profileCommand(): Command {
  return new Command('profile')
    .description(
      'Time every kernel of training steps and a Fisher pass of a network, on made data; or compare two profiles',
    )
    .addOption(
      new Option('--network <name>', 'network to profile').choices(NETWORK_NAMES).default('smallCifarNet'),
    )
    .option('--width <factor>', 'factor on the network’s widths', positive, 1)
    .option('--batch <n>', 'images a batch', wholeNumber(1, FOUR_DIGITS), 64)
    .option('--size <pixels>', 'height and width of the images', wholeNumber(1, FOUR_DIGITS), 32)
    .option('--channels <n>', 'channels of the images', wholeNumber(1, FOUR_DIGITS), 3)
    .option('--steps <n>', 'training steps', wholeNumber(1, FOUR_DIGITS), 20)
    .addOption(
      new Option('--by <what>', 'what a row of the table stands for').choices(GROUPINGS).default('kernel'),
    )
    .option('--trace <file>', 'write Chrome trace JSON, for https://ui.perfetto.dev')
    .option('--json <file>', 'write all figures as JSON, for scripts and --diff')
    .option('--flame <file>', 'write a flame graph as SVG')
    .option('--diff <files...>', 'compare two files written by --json, the first being the older')
    .addOption(adapterOption())
    .addHelpText(
      'after',
      example('taskgrad profile --trace trace.json --json profile.json') +
        example('taskgrad profile --diff before.json after.json').slice(1),
    )
    .action((options: ProfileOptions, command: Command) =>
      options.diff ? showDifference(options.diff, options.by, command) : profileNetwork(options),
    );
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
}

async function showDifference(files: readonly string[], by: Grouping, command: Command): Promise<void> {
  const [before, after, ...more] = files;
  if (!before || !after || more.length > 0) {
    command.error(`error: --diff takes two files, got ${files.length}`);
  }
  const differences = compare(await readProfile(before), await readProfile(after), by);
  const { say } = reporterFor({ json: false });
  say(tableText(differenceTable(differences, by, MOST_ROWS)));
}

async function profileNetwork(options: ProfileOptions): Promise<void> {
  const reporter = reporterFor({ json: false });
  const gpu = await openGpu({ adapter: options.adapter });
  try {
    sayAdapter(reporter, gpu);
    const work = makeWork(gpu, options);
    const { steps, by, network, batch } = options;
    await work.train(WARM_UP_STEPS);
    await work.fisher();
    const limits = await gpu.limits();
    const plain = await milliseconds(gpu, () => work.train(steps));
    const timed: { training?: number } = {};
    const profile = await gpu.profile(async () => {
      timed.training = await milliseconds(gpu, () => work.train(steps));
      await work.fisher();
    });
    reporter.say(`${network}: ${steps} training steps of ${batch} images, and a Fisher pass over ${batch}`);
    sayProfile(reporter, profile, limits, by);
    sayOverhead(reporter, profile, plain / steps, (timed.training ?? plain) / steps);
    await writeProfileFiles(reporter, profile, limits, options);
  } finally {
    gpu.dispose();
  }
}

function sayOverhead({ say }: Reporter, { source }: Profile, plain: number, profiled: number): void {
  const extra = (100 * (profiled - plain)) / plain;
  say(
    `a training step took ${profiled.toFixed(1)} ms under the profiler, ${plain.toFixed(1)} ms without (${extra < 0 ? '−' : '+'}${Math.abs(extra).toFixed(1)} %, ${source})`,
  );
}

async function milliseconds(gpu: Gpu, work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  await gpu.seconds();
  return performance.now() - start;
}

/** Training steps and a Fisher pass of a network on random images. */
function makeWork(gpu: Gpu, { network, width, batch, size, channels }: ProfileOptions) {
  const net = makeNetwork(gpu, network, { classes: CLASSES, channels, size, width });
  const adam = new Adam(net.parameters());
  const inputs = gpu.randn([batch, channels, size, size], { seed: SEED });
  const random = new Random(SEED);
  const labels = gpu.tensor(
    Int32Array.from({ length: batch }, () => random.int(CLASSES)),
    [batch],
  );
  return {
    train: async (steps: number) => {
      for (let i = 0; i < steps; i++) {
        trainStep(net, adam, inputs, labels);
        await gpu.pace();
      }
    },
    fisher: async () => {
      for (const tensor of (await diagonal(net, [{ inputs, labels }])).values()) tensor.dispose();
    },
  };
}

function trainStep(net: Module, optimizer: Optimizer, inputs: Tensor, labels: Tensor): void {
  inputs.gpu.scope(() => {
    backward(crossEntropy(net.forward(inputs), labels));
    optimizer.step();
    optimizer.zeroGrad();
  });
}
