import { Command, Option } from 'commander';
import { compare, GROUPINGS, type Grouping, type Profile } from '../../../runtime/profile';
import { openGpu } from '../../node';
import { readProfile } from '../../report/profile-file.node';
import { differenceTable } from '../../report/profile-table';
import { tableText } from '../../report/table';
import type { Gpu } from '../../tensor/gpu';
import { sayCompiled } from '../compiling';
import { sayAdapter } from '../experiment';
import { MOST, makeWork, type WorkOptions, withWorkOptions } from '../made-work';
import { example, wholeNumber } from '../options';
import { MOST_ROWS, type ProfileFiles, sayProfile, writeProfileFiles } from '../profiling';
import { type Reporter, reporterFor } from '../progress';

interface ProfileOptions extends WorkOptions, ProfileFiles {
  readonly steps: number;
  readonly by: Grouping;
  readonly diff?: readonly string[];
  readonly compile?: boolean;
}

/** Steps before the measured ones: they compile, fill the pool and the caches. */
const WARM_UP_STEPS = 3;

export function profileCommand(): Command {
  return withWorkOptions(new Command('profile'))
    .description(
      'Time every kernel of training steps and a Fisher pass of a network, on made data; or compare two profiles',
    )
    .option('--steps <n>', 'training steps', wholeNumber(1, MOST), 20)
    .addOption(
      new Option('--by <what>', 'what a row of the table stands for').choices(GROUPINGS).default('kernel'),
    )
    .option('--trace <file>', 'write Chrome trace JSON, for https://ui.perfetto.dev')
    .option('--json <file>', 'write all figures as JSON, for scripts and --diff')
    .option('--flame <file>', 'write a flame graph as SVG')
    .option('--compile', 'print instead what a first training step compiles, and what that costs')
    .option('--diff <files...>', 'compare two files written by --json, the first being the older')
    .addHelpText(
      'after',
      example(
        'taskgrad profile --trace trace.json --json profile.json',
        'taskgrad profile --diff before.json after.json',
      ),
    )
    .action((options: ProfileOptions, command: Command) =>
      options.diff ? showDifference(options.diff, options.by, command) : profileNetwork(options),
    );
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
    if (options.compile) {
      await sayCompiled(reporter, gpu, work);
      return;
    }
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
