import { existsSync, readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { VERSION } from '../../src/version';
import { type Outcome, useCli } from './program';

const cli = useCli();
const COMMANDS = [
  ...['run', 'train', 'distance', 'search', 'transfer', 'report', 'export', 'data', 'devices'],
  ...['profile', 'kernel', 'tune', 'table', 'demo', 'claim'],
];
const EXPERIMENTS = ['run', 'train', 'distance', 'search', 'transfer', 'claim'];

/** What the parser answers by itself, without a process for each line. */
async function answer(...args: string[]): Promise<Outcome> {
  const said = { stdout: '', stderr: '' };
  const program = makeProgram();
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => {
        said.stdout += text;
      },
      writeErr: (text) => {
        said.stderr += text;
      },
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return { ...said, code: error.exitCode };
    throw error;
  }
  throw new Error(`the parser let '${args.join(' ')}' through`);
}

describe('taskgrad --help', () => {
  it('names every command and ends well', async () => {
    const { code, stdout, stderr } = await cli.run('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS)
      expect(stdout).toMatch(new RegExp(`^ +${command}( \\[options\\]| +[A-Z])`, 'm'));
  });

  it.each(COMMANDS)('of %s has an example and ends well', async (command) => {
    const { code, stdout, stderr } = await answer(command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Example:\n  $ taskgrad ${command}`);
    if (!EXPERIMENTS.includes(command)) return;
    for (const option of [
      'preset',
      'data',
      'tasks-file',
      'out',
      'seed',
      'adapter',
      'store',
      'workers',
      'queue',
      'json',
    ])
      expect(stdout).toMatch(new RegExp(`^ +--${option}\\b`, 'm'));
  });
});

describe('taskgrad --version', () => {
  it('is that of package.json', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(VERSION).toBe(version);
    expect(await answer('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a command line that cannot be followed', () => {
  it.each([
    ['an unknown command', ['fly'], "unknown command 'fly'"],
    ['an unknown option', ['train', '--quick', '9'], "unknown option '--quick'"],
    [
      'an unknown preset',
      ['run', '--preset', 'huge'],
      'Allowed choices are quick, pooled, stacked, standard, eight, twelve, paper.',
    ],
    ['an unknown adapter', ['train', '--adapter', 'abacus'], 'Allowed choices are auto, gpu, lavapipe'],
    ['an unknown network', ['train', '--network', 'NN9'], 'Allowed choices are NN1, NN2, NN3'],
    ['an unknown method', ['search', '--method', 'luck'], 'Allowed choices are fuse, random, darts'],
    ['a seed that is no number', ['run', '--seed', 'x'], 'Expected a whole number from 0 to 2147483647.'],
    ['a seed below 0', ['run', '--seed', '-1'], 'Expected a whole number from 0'],
    ['a seed with no room for the next', ['run', '--seed', '4294967295'], 'Expected a whole number from 0'],
    ['no epochs', ['train', '--epochs', '0'], 'Expected a whole number from 1'],
    ['half an epoch', ['train', '--epochs', '0.5'], 'Expected a whole number from 1'],
    ['data of an unknown set', ['train', '--data', 'cifar=x'], 'Expected one of mnist, fashion, cifar10,'],
    [
      'an unknown estimator',
      ['distance', '--estimator', 'guess'],
      'Allowed choices are empirical, mc, exact, batch, original.',
    ],
    ['an ε of 0', ['distance', '--epsilon', '0'], 'Expected a number above 0 and below 1, such as 1e-8.'],
    ['an ε that is no number', ['run', '--epsilon', 'small'], 'Expected a number above 0 and below 1'],
    ['an ε above all entries', ['search', '--epsilon', '1'], 'Expected a number above 0 and below 1'],
    ['an unknown rule for heads', ['run', '--head', 'cut'], 'Allowed choices are matched, none, padded.'],
    ['unknown images', ['transfer', '--images', 'all'], 'Allowed choices are held-out, test.'],
    ['averaging, which has no seeds to compare', ['transfer', '--average'], "unknown option '--average'"],
    ['a word too many', ['train', 'now'], "too many arguments for 'train'"],
    ['an option without its value', ['run', '--out'], "option '--out <dir>' argument missing"],
  ])('is answered by one line and a hint: %s', async (_, args, words) => {
    const { code, stdout, stderr } = await answer(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const [line, hint, ...rest] = stderr.split('\n');
    expect(line).toContain(words);
    expect(hint).toMatch(/^\(taskgrad .*--help shows/);
    expect(rest).toEqual(['']);
  });

  it('ends the process with 1', async () => {
    expect(await cli.run('train', '--quick')).toEqual({
      code: 1,
      stdout: '',
      stderr: "error: unknown option '--quick'\n(taskgrad train --help shows its options)\n",
    });
  });

  it.each([['train'], ['search']])('is answered by one line: a task that %s does not know', async (name) => {
    await expect(answer(name, '--task', '8')).rejects.toThrow(
      "unknown task '8'; known are 0 (0 vs rest), 1 (6 vs rest), 2 (0,1,2,3 + rest), 3 (all digits), 4 (automobile",
    );
  });

  it('is answered by one line: a task that the distances of run leave out', async () => {
    await expect(answer('run', '--tasks', '0', '1')).rejects.toThrow(
      'the distances are of tasks 0, 1, which leave out task 3, which the search is for; add it to --tasks',
    );
  });
});

describe('--tasks', () => {
  it.each([
    ['run', ['3'], '--tasks names only task 3; distances need at least two tasks'],
    ['distance', ['3', '12'], "unknown task '12'; known are 0 (0 vs rest)"],
  ])('of %s is refused in one line: %s', async (name, tasks, words) => {
    await expect(answer(name, '--tasks', ...tasks)).rejects.toThrow(words);
  });
});

describe('taskgrad devices', () => {
  it('says of every kind of adapter what it is, or why there is none', async () => {
    const { code, stdout, stderr } = await cli.run('devices');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const kind of ['gpu', 'lavapipe', 'swiftshader'])
      expect(stdout).toMatch(
        new RegExp(`^${kind}: (not available \\(.+\\)|.+\n +maxBufferSize: [\\d,]+)$`, 'm'),
      );
    expect(stdout).toMatch(/^ +features: /m);
  });

  it.skipIf(!existsSync('/dev/full'))('says so when its output cannot be written', async () => {
    const { code, stderr } = await cli.inShell('"$@" > /dev/full', 'devices');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'taskgrad: cannot write to standard output: ENOSPC: no space left on device, write\n',
    );
  });

  it('ends without a word when its reader has gone', async () => {
    const { stdout, stderr } = await cli.inShell('{ "$@"; echo "code $?" >&2; } | true', 'devices');
    expect({ stdout, stderr }).toEqual({ stdout: '', stderr: 'code 141\n' });
  });
});
