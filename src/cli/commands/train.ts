import { Command, Option } from 'commander';
import { trainAll } from '../../experiment/plans/networks.node';
import { AUGMENT, settingsOf } from '../../experiment/settings/presets';
import { NETWORK_NAMES, type NetworkName } from '../../models/catalogue';
import type { CommonOptions } from '../common-options';
import { withExperiment } from '../experiment';
import { JOBS_FILE } from '../jobs-file';
import { example, wholeNumber, withCommonOptions } from '../options';
import { storePlace } from '../store/place';
import { taskIds } from '../tasks';

const MOST_EPOCHS = 100_000;

interface TrainOptions extends CommonOptions {
  readonly task: readonly string[];
  readonly network?: NetworkName;
  readonly epochs?: number;
  readonly augment?: boolean;
}

export function trainCommand(): Command {
  return withCommonOptions(new Command('train'))
    .description('Train a network for each task and seed and save it as safetensors, for models.load')
    .option('--task <ids...>', 'tasks to train for (default: all)')
    .addOption(
      new Option('--network <name>', 'network to train (default: the preset’s)').choices(NETWORK_NAMES),
    )
    .option('--epochs <n>', 'epochs (default: the preset’s)', wholeNumber(1, MOST_EPOCHS))
    .option('--augment', 'move training images by up to 4 pixels and mirror half of them (digits never)')
    .addHelpText(
      'after',
      example(
        'taskgrad train --task 3 --network NN2 --out runs/nn2',
        'taskgrad train --task quickdraw:apple --data quickdraw=data/quickdraw --out runs/apple',
      ),
    )
    .action(train);
}

async function train({ task, network, epochs, augment, ...common }: TrainOptions): Promise<void> {
  const { training, protocol } = settingsOf(common.preset, common.seed, common.protocol);
  const override = {
    training: {
      ...training,
      ...(network && { network }),
      ...(epochs && { epochs }),
      ...(augment && { augment: AUGMENT }),
    },
    ...(epochs && { protocol: { ...protocol, cifarEpochs: 1 } }),
    ...(task && { tasks: taskIds(task) }),
  };
  await withExperiment(common, override, async (experiment) => {
    await trainAll(experiment);
    experiment.say(
      `the networks are in ${storePlace(common)}; ${experiment.out}/${JOBS_FILE} has their keys`,
    );
  });
}
