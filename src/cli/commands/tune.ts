import { Command } from 'commander';
import { readTuned, tunedPath, writeTuned } from '../../data/tuned.node';
import { openGpu } from '../../node';
import { tableText } from '../../report/table';
import type { Choices } from '../../tensor/variants';
import { sayAdapter } from '../experiment';
import { makeWork, type WorkOptions, withWorkOptions } from '../made-work';
import { example, jsonOption } from '../options';
import { type Reporter, reporterFor } from '../progress';

interface TuneOptions extends WorkOptions {
  readonly list: boolean;
  readonly json: boolean;
}

export function tuneCommand(): Command {
  return withWorkOptions(new Command('tune'))
    .description(
      'Time the kernels that a network’s training can choose from, and keep the fastest of this adapter for later runs',
    )
    .option('--list', 'only show what was measured on this adapter before', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example('taskgrad tune --network resnet18 --width 0.25 --batch 32', 'TASKGRAD_TUNE=off taskgrad run'),
    )
    .action(tune);
}

async function tune(options: TuneOptions): Promise<void> {
  const reporter = reporterFor(options);
  const gpu = await openGpu({ adapter: options.adapter });
  try {
    sayAdapter(reporter, gpu);
    const known = await readTuned(gpu.adapter);
    if (options.list) {
      show(reporter, known);
      return;
    }
    const work = makeWork(gpu, options);
    const found = await gpu.tune(async () => {
      work.gradients();
      await work.fisher();
    });
    await writeTuned(gpu.adapter, { ...known, ...found });
    show(reporter, found);
    reporter.say(`kept in ${tunedPath(gpu.adapter)}; TASKGRAD_TUNE=off goes without`);
  } finally {
    gpu.dispose();
  }
}

function show({ say }: Reporter, choices: Choices): void {
  const columns = [
    { name: 'op and sizes, up to the next power of two', numeric: false },
    { name: 'kernel', numeric: false },
  ];
  const rows = Object.entries(choices).sort();
  say(rows.length > 0 ? tableText({ columns, rows }) : 'nothing was measured on this adapter yet', {
    event: 'choices',
    choices,
  });
}
