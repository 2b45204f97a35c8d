import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program';
import { blocksOf } from '../fences';

const page = ['README.md', 'docs/evidence.md'].map((file) => readFileSync(file, 'utf8')).join('\n');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
/** What `npm start` and others hand their arguments to. */
const BEHIND: Readonly<Record<string, string>> = {
  start: 'run',
  demo: 'demo',
  matrix: 'distance',
  study: 'study',
};

/** Commands in the text, and those of blocks, which `&&` joins; 'a|b' stands for two of them. */
const inText = [...page.matchAll(/`((?:npx )?(?:taskgrad|npm) [^`\n]+)`/g)].map(([, command]) => command);
const inBlocks = blocksOf(page.split('\n'))
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => text.trimEnd().split('\n'))
  .flatMap((line) => line.replace(/ #.*/, '').split('&&'));
const commands = [...inText, ...inBlocks].flatMap(alternatives).map((command) => command.trim());

function alternatives(command: string): string[] {
  const words = /\S+\|\S+/.exec(command)?.[0];
  return words ? words.split('|').map((word) => command.replace(words, word)) : [command];
}

/** What the parser does not know in the arguments of a command. @throws CommanderError at a value that is none */
function unknownIn(args: readonly string[]): string[] {
  let command: Command = makeProgram();
  const rest = [...args];
  for (;;) {
    const next = command.commands.find((one) => one.name() === rest[0]);
    if (!next) break;
    command = next;
    rest.shift();
  }
  if (command.parent === null) return [`there is no command '${args[0]}'`];
  return command.exitOverride().parseOptions(rest).unknown;
}

test.each([...new Set(commands)])('%s is a command with options that there are', (command) => {
  const [program, ...args] = command.replace(/^npx /, '').split(/ +/);
  if (program === 'taskgrad') {
    expect(unknownIn(args)).toEqual([]);
    return;
  }
  const [first, second, ...more] = args[0] === 'run' ? args.slice(1) : args;
  if (['ci', 'install'].includes(first)) return;
  expect(Object.keys(scripts)).toContain(first);
  if (second === '--' && first in BEHIND) expect(unknownIn([BEHIND[first], ...more])).toEqual([]);
});

test('the README names many commands, and an option that there is not is found', () => {
  expect(commands.length).toBeGreaterThan(30);
  expect(unknownIn(['run', '--presets', 'quick'])).toEqual(['--presets', 'quick']);
  expect(() => unknownIn(['run', '--preset', 'quack'])).toThrow(/quack/);
});
