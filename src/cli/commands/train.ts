import { Command, Option } from 'commander';
import { NETWORK_NAMES, type NetworkName } from '../../models/catalogue';
import { example, wholeNumber, withCommonOptions } from '../options';
import { settingsOf } from '../presets';
import { type CommonOptions, taskById, withSession } from '../session';
import { distanceJob } from '../stages/distances';
import { trainedNetwork } from '../stages/networks';

const MOST_EPOCHS = 100_000;

interface TrainOptions extends CommonOptions {
  readonly task: readonly string[];
  readonly network?: NetworkName;
  readonly epochs?: number;
}

export function trainCommand(): Command {
  return withCommonOptions(new Command('train'))
    .description('Train a network for each task and seed and save its weights as safetensors')
    .option('--task <ids...>', 'tasks to train for (default: all)')
    .addOption(
      new Option('--network <name>', 'network to train (default: the preset’s)').choices(NETWORK_NAMES),
    )
    .option('--epochs <n>', 'epochs (default: the preset’s)', wholeNumber(1, MOST_EPOCHS))
    .addHelpText('after', example('taskgrad train --task 3 --network NN2 --out runs/nn2'))
    .action(train);
}

async function train({ task, network, epochs, ...common }: TrainOptions): Promise<void> {
  const { training } = settingsOf(common.preset, common.seed);
  const override = {
    training: { ...training, ...(network && { network }), ...(epochs && { epochs }) },
    ...(task && { tasks: [...new Set(task)] }),
  };
  for (const id of task ?? []) taskById(id);
  await withSession(common, override, async (session) => {
    for (const id of session.settings.tasks) {
      for (let i = 0; i < session.settings.seeds; i++) {
        const { net } = await trainedNetwork(
          session,
          distanceJob(session, taskById(id), session.settings.seed + i),
        );
        net.dispose();
      }
    }
    session.say(`weights are in ${session.state('networks')}`);
  });
}
