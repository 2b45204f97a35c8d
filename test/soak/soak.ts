import { Worker } from 'node:worker_threads';
import { Command, InvalidArgumentError } from 'commander';
import type { Soak } from './kind';
import { runSoak } from './run';
import { SOAKS } from './table';

// `npm run soak -- KIND...`: each kind ends with one line of figures; the exit code is 1 if anything did not hold.

const DEFAULT_SECONDS = 600;
/** A kind looks at the clock between its cases; one that does not answer for so much longer hangs. */
const GRACE_SECONDS = 60;

interface Options {
  readonly seconds: number;
  readonly share: number;
  readonly seed: number;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a number above 0.');
};

function named(name: string): Soak {
  const soak = SOAKS.find((one) => one.name === name);
  if (soak) return soak;
  throw new InvalidArgumentError(`Known are ${SOAKS.map((one) => one.name).join(', ')}.`);
}

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Ends the process if a kind stops answering: from another thread, since a loop without end leaves this one no time. */
const DOG = `
  const { workerData } = require('node:worker_threads');
  if (Atomics.wait(workerData.ended, 0, 0, workerData.ms) === 'timed-out') {
    require('node:fs').writeSync(1, workerData.last);
    process.kill(process.pid, 'SIGKILL');
  }
`;

/** @returns what calls the dog off */
function watchdog(name: string, seconds: number): () => void {
  const ended = new Int32Array(new SharedArrayBuffer(4));
  const last = `${name}: FAILED, no answer ${GRACE_SECONDS} s after its time was up\n`;
  new Worker(DOG, { eval: true, workerData: { ended, last, ms: (seconds + GRACE_SECONDS) * 1000 } }).unref();
  return () => {
    Atomics.store(ended, 0, 1);
    Atomics.notify(ended, 0);
  };
}

const kinds = SOAKS.map(({ name, does }) => `  ${name.padEnd(8)}  ${does}`).join('\n');
const program = new Command('npm run soak --')
  .description('Attacks the product for minutes and counts what does not hold')
  .argument('<kinds...>', SOAKS.map(({ name }) => name).join(', '), (name: string, before?: Soak[]) => [
    ...(before ?? []),
    named(name),
  ])
  .option('--seconds <s>', 'time for each kind; what is left out then is said', positive, DEFAULT_SECONDS)
  .option('--share <s>', 'share of the cases, 1 for all', positive, 1)
  .option('--seed <n>', 'of all that is drawn at random', Number, 0)
  .addHelpText('after', `\nKinds:\n${kinds}`)
  .parse();

const { seconds, share, seed } = program.opts<Options>();
let good = true;
for (const soak of program.processedArgs[0] as Soak[]) {
  const callOff = watchdog(soak.name, seconds);
  const { line, faults } = await runSoak(soak, {
    seconds,
    share,
    seed,
    say: (text) => say(`${soak.name}: ${text}`),
  });
  callOff();
  for (const fault of faults) say(`${soak.name}: FAULT ${fault}`);
  say(line);
  good &&= faults.length === 0;
}
// Dawn's threads would hold the process; the line has to be written first.
process.stdout.write('', () => process.exit(good ? 0 : 1));
