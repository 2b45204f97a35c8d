import { join } from 'node:path';
import { Command, Option } from 'commander';
import { TaskgradError } from '../../../runtime/errors';
import type { AdapterChoice } from '../../../runtime/host';
import { KINDS } from '../../experiment/kinds/table.node';
import { isWorkerProcess } from '../../experiment/parent-worker.node';
import { folderStore, serve } from '../../experiment/public.node';
import { openGpu } from '../../node';
import { readTasksFile } from '../../tasks/tasks-file.node';
import { jobData } from '../job-data';
import {
  adapterOption,
  dataOption,
  example,
  jsonOption,
  metricsOption,
  queueOption,
  wholeNumber,
} from '../options';
import { reporterFor } from '../progress';
import type { DataFolders } from '../sets';

const MOST_ADAPTERS = 1024;

interface WorkerOptions {
  readonly queue?: string;
  /** Path of a file of own tasks: their pictures are data of jobs. */
  readonly tasksFile?: string;
  readonly out: string;
  readonly store?: string;
  readonly adapter: AdapterChoice;
  readonly adapterIndex?: number;
  readonly data?: DataFolders;
  readonly metrics?: string;
  readonly json: boolean;
}

export function workerCommand(): Command {
  return new Command('worker')
    .description(
      'Do the jobs of a queue, one after another, until SIGTERM or Ctrl-C: the job under way is saved',
    )
    .addOption(queueOption())
    .option('--out <dir>', 'folder whose folder store has the artefacts', 'runs/quick')
    .option('--store <place>', 'where the artefacts are; default: the folder store in --out')
    .addOption(adapterOption())
    .option(
      '--adapter-index <k>',
      'which of several GPUs, counted from 0 as the driver has them',
      wholeNumber(0, MOST_ADAPTERS),
    )
    .addOption(dataOption())
    .option('--tasks-file <file>', 'own tasks, whose pictures jobs may need')
    .addOption(metricsOption())
    .addOption(new Option('--for-parent', 'do the jobs of the run that started this process').hideHelp())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example('taskgrad worker --queue redis://127.0.0.1:6379 --out runs/quick --metrics 9464'),
    )
    .action(work);
}

/** This process listens to the queue; it starts itself a second time for the GPU and the jobs. */
async function work(options: WorkerOptions): Promise<void> {
  const { queue, out, store, adapter, adapterIndex, data = {}, tasksFile, metrics } = options;
  if (queue === undefined && !isWorkerProcess()) {
    throw new TaskgradError(
      'QUEUE',
      'taskgrad worker: name the server that jobs come from, as in --queue redis://127.0.0.1:6379',
    );
  }
  const own = tasksFile === undefined ? [] : await readTasksFile(tasksFile);
  const { say } = reporterFor(options);
  await serve({
    gpu: () => openGpu({ adapter, adapterIndex }),
    store: folderStore(store ?? join(out, 'store'), { say }),
    kinds: KINDS,
    data: jobData(
      data,
      own.map(({ dataset }) => dataset),
    ),
    queue,
    metrics,
    say: (text) => say(text, { event: 'worker' }),
  });
}
