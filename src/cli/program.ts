import { Command } from 'commander';
import { VERSION } from '../version';
import { dataCommand } from './commands/data';
import { demoCommand } from './commands/demo';
import { devicesCommand } from './commands/devices';
import { distanceCommand } from './commands/distance';
import { kernelCommand } from './commands/kernel';
import { profileCommand } from './commands/profile';
import { reportCommand } from './commands/report';
import { runCommand } from './commands/run';
import { searchCommand } from './commands/search';
import { trainCommand } from './commands/train';
import { transferCommand } from './commands/transfer';
import { tuneCommand } from './commands/tune';

/** The command line: every command with its options. */
export function makeProgram(): Command {
  const program = new Command('taskgrad')
    .description('Neural architecture search from task similarity, on WebGPU')
    .version(VERSION)
    .showHelpAfterError('(taskgrad --help shows the commands)');
  const commands = [
    runCommand(),
    trainCommand(),
    distanceCommand(),
    searchCommand(),
    transferCommand(),
    reportCommand(),
    dataCommand(),
    demoCommand(),
    devicesCommand(),
    kernelCommand(),
    profileCommand(),
    tuneCommand(),
  ];
  for (const command of commands) {
    command.showHelpAfterError(`(taskgrad ${command.name()} --help shows its options)`);
    program.addCommand(command);
  }
  return program;
}
