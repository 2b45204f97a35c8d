#!/usr/bin/env node
import { Command } from 'commander';
import { TaskgradError } from '../../runtime/errors';
import { InterruptedError } from '../training/errors';
import { VERSION } from '../version';
import { devicesCommand } from './commands/devices';
import { distanceCommand } from './commands/distance';
import { reportCommand } from './commands/report';
import { runCommand } from './commands/run';
import { searchCommand } from './commands/search';
import { trainCommand } from './commands/train';

const INTERRUPTED = 130;

const program = new Command('taskgrad')
  .description('Neural architecture search from task similarity, on WebGPU')
  .version(VERSION)
  .showHelpAfterError('(taskgrad --help shows the commands and options)')
  .addCommand(runCommand())
  .addCommand(trainCommand())
  .addCommand(distanceCommand())
  .addCommand(searchCommand())
  .addCommand(reportCommand())
  .addCommand(devicesCommand());

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = error instanceof InterruptedError ? INTERRUPTED : 1;
  process.stderr.write(`taskgrad: ${oneLine(error)}\n`);
}
// A driver may keep threads that would hold the process; all output has been written by now.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
);
process.exit();

/** What went wrong: the message of our own errors, more of errors nobody expected. */
function oneLine(error: unknown): string {
  if (error instanceof TaskgradError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
