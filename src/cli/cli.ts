#!/usr/bin/env node
import { TaskgradError } from '../../runtime/errors';
import { plainMessage } from '../../runtime/plain';
import { InterruptedError } from '../training/errors';
import { INTERRUPTED, isStopping } from './interrupt';
import { complain, note } from './print';
import { makeProgram } from './program';

/** 128 + SIGPIPE: what a shell says of a program whose reader has gone, as in `taskgrad devices | head -1`. */
const READER_GONE = 141;

let terminalGone = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // With the terminal closed nobody reads; SIGHUP comes with it, and the state is to be saved.
  terminalGone ||= error.code === 'EIO';
  if (terminalGone || isStopping()) return;
  if (error.code === 'EPIPE') process.exit(READER_GONE);
  complain(`cannot write to standard output: ${error.message}`);
  process.exit(1);
});
process.stderr.on('error', () => undefined);

try {
  await makeProgram().parseAsync();
} catch (error) {
  process.exitCode = error instanceof InterruptedError ? INTERRUPTED : 1;
  note(`taskgrad: ${said(error)}`);
}
// A driver may keep threads that would hold the process; all output has been written by now.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
);
process.exit();

/** What went wrong: the message of our own errors and the system's, more of errors nobody expected. */
function said(error: unknown): string {
  if (error instanceof TaskgradError) return error.message;
  if (error instanceof Error && 'syscall' in error) return plainMessage(error.message);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
