import { Command } from 'commander';
import { example, jsonOption } from '../options';
import { size, span } from '../store/amounts';
import { collectGarbage } from '../store/collect';
import { listStore } from '../store/list';
import { storeOption } from '../store/store-of';
import { verifyStore } from '../store/verify';

export function storeCommand(): Command {
  const store = new Command('store')
    .description('Look at what experiments have kept, check it, and remove what is not needed')
    .addHelpText(
      'after',
      example(
        'taskgrad store ls',
        'taskgrad store verify --store s3://artefacts/team',
        'taskgrad store gc --older-than 30d --dry-run',
      ),
    );
  for (const command of [listCommand(), verifyCommand(), collectCommand()]) {
    command.showHelpAfterError(`(taskgrad store ${command.name()} --help shows its options)`);
    store.addCommand(command);
  }
  return store;
}

function listCommand(): Command {
  return new Command('ls')
    .description('Print a line for each artefact: kind, key, age, how long it took, size, inputs')
    .option('--out <dir>', 'folder of the run whose store it is', 'runs/quick')
    .addOption(storeOption())
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad store ls --json'))
    .action(listStore);
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('Read every byte of every artefact, and say what is damaged; the exit code is then 1')
    .option('--out <dir>', 'folder of the run whose store it is', 'runs/quick')
    .addOption(storeOption())
    .addOption(jsonOption())
    .addHelpText('after', example('taskgrad store verify'))
    .action(verifyStore);
}

function collectCommand(): Command {
  return new Command('gc')
    .description(
      'Remove the artefacts that all rules given name, but for what jobs under way need and what others that stay build on; without rules only what was damaged or abandoned',
    )
    .option('--older-than <time>', 'artefacts that were made, and last built on, so long ago', span)
    .option(
      '--unused-by <files...>',
      'artefacts whose keys are not in these files, such as results.json, nor built on by those that are',
    )
    .option('--to-size <size>', 'the oldest artefacts, until the rest is no larger', size)
    .option('--with-inputs', 'also artefacts that others that stay build on', false)
    .option('--dry-run', 'only print what would be removed', false)
    .option('--out <dir>', 'folder of the run whose store it is', 'runs/quick')
    .addOption(storeOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example('taskgrad store gc --older-than 30d --dry-run', 'taskgrad store gc --to-size 10GB'),
    )
    .action(collectGarbage);
}
