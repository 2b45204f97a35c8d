import { Command } from 'commander';
import { plainMessage } from '../../runtime/plain';
import { VERSION } from '../version';
import { claimCommand } from './commands/claim';
import { dataCommand } from './commands/data';
import { demoCommand } from './commands/demo';
import { devicesCommand } from './commands/devices';
import { distanceCommand } from './commands/distance';
import { exportCommand } from './commands/export';
import { kernelCommand } from './commands/kernel';
import { profileCommand } from './commands/profile';
import { reportCommand } from './commands/report';
import { runCommand } from './commands/run';
import { searchCommand } from './commands/search';
import { statusCommand } from './commands/status';
import { storeCommand } from './commands/store';
import { studyCommand } from './commands/study';
import { tableCommand } from './commands/table';
import { trainCommand } from './commands/train';
import { transferCommand } from './commands/transfer';
import { tuneCommand } from './commands/tune';
import { workerCommand } from './commands/worker';

/** What commander says of options may quote them. */
const PLAIN = {
  outputError: (text: string, write: (text: string) => void) => write(`${plainMessage(text.trimEnd())}\n`),
};

/** The command line: every command with its options. */
export function makeProgram(): Command {
  const program = new Command('taskgrad')
    .description('Neural architecture search from task similarity, on WebGPU')
    .version(VERSION)
    .configureOutput(PLAIN)
    .showHelpAfterError('(taskgrad --help shows the commands)');
  const commands = [
    runCommand(),
    trainCommand(),
    distanceCommand(),
    searchCommand(),
    studyCommand(),
    transferCommand(),
    claimCommand(),
    reportCommand(),
    storeCommand(),
    workerCommand(),
    statusCommand(),
    exportCommand(),
    dataCommand(),
    demoCommand(),
    devicesCommand(),
    kernelCommand(),
    profileCommand(),
    tuneCommand(),
    tableCommand(),
  ];
  for (const command of commands) {
    command.configureOutput(PLAIN);
    command.showHelpAfterError(`(taskgrad ${command.name()} --help shows its options)`);
    program.addCommand(command);
  }
  return program;
}
