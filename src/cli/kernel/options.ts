import { Command, InvalidArgumentError, Option } from 'commander';
import { TaskgradError } from '../../../runtime/errors';
import type { AdapterChoice } from '../../../runtime/host';
import { KernelError } from '../../kernel-bench/errors';
import type { ShaderSource } from '../../kernel-bench/source';
import { adapterOption, jsonOption, wholeNumber } from '../options';
import { inOwnFolder } from './own-folder';
import {
  type BindOption,
  parseBind,
  parseDims,
  parseFile,
  parsePrint,
  parseSetting,
  parseSweep,
  parseUniform,
  type UniformOption,
} from './parse';

const MOST_SEED = 2 ** 32 - 1;
const MOST_DISPATCHES = 1_000_000;

/** What the command line says of a kernel. */
export interface KernelOptions {
  readonly entry?: string;
  readonly bind: readonly BindOption[];
  readonly uniform: readonly UniformOption[];
  readonly groups?: readonly number[];
  readonly threads?: readonly number[];
  readonly set: readonly { name: string; value: number }[];
  readonly sweep: readonly { name: string; values: readonly number[] }[];
  readonly seed: number;
  readonly repeat?: number;
  readonly warmup: number;
  readonly flops?: number;
  readonly bytes?: number;
  readonly print: readonly { name: string; count: number }[];
  readonly save: readonly { name: string; path: string }[];
  readonly expect: readonly { name: string; path: string }[];
  readonly tolerance: number;
  readonly adapter: AdapterChoice;
  readonly json: boolean;
  readonly watch: boolean;
}

/** Adds the options of `taskgrad kernel`. */
export function withKernelOptions(command: Command): Command {
  return command
    .option('--entry <name>', 'entry point (default: the only one)')
    .addOption(list('--bind <spec>', 'NAME=TYPE[SHAPE]:FILL fills a storage buffer', parseBind))
    .addOption(
      list('--uniform <spec>', 'NAME=VALUES or NAME.MEMBER=VALUES sets a uniform block', parseUniform),
    )
    .addOption(
      one(
        '--threads <n>',
        'threads to run: N in all, or X,Y,Z (default: one an element of the first output)',
        (text) => parseDims('--threads', text),
      ).conflicts('groups'),
    )
    .addOption(one('--groups <n>', 'workgroups to run: X or X,Y,Z', (text) => parseDims('--groups', text)))
    .addOption(list('--set <spec>', 'NAME=V gives an override or a const another value', parseSetting))
    .addOption(
      list('--sweep <spec>', 'NAME=V,V,V runs with each value, of several with each combination', parseSweep),
    )
    .option('--seed <n>', 'seed of the random fills', wholeNumber(0, MOST_SEED), 0)
    .option('--repeat <n>', 'samples to time (default: up to 20 in 2 s)', wholeNumber(1, MOST_DISPATCHES))
    .option('--warmup <n>', 'dispatches before those', wholeNumber(0, MOST_DISPATCHES), 3)
    .addOption(one('--flops <n>', 'operations of a dispatch, for GFLOP/s and its share of the peak', amount))
    .addOption(
      one('--bytes <n>', 'bytes it moves, for GB/s and its share (default: every buffer once)', amount),
    )
    .addOption(list('--print <spec>', 'NAME or NAME:COUNT prints values of a buffer', parsePrint))
    .addOption(list('--save <spec>', 'NAME=FILE.npy saves a buffer', (text) => parseFile('--save', text)))
    .addOption(
      list('--expect <spec>', 'NAME=FILE.npy compares a buffer', (text) => parseFile('--expect', text)),
    )
    .addOption(
      one('--tolerance <t>', 'largest error allowed there, |a − b| / max(1, |b|)', amount).default(1e-5),
    )
    .addOption(adapterOption())
    .addOption(jsonOption())
    .option('--watch', 'run again whenever the file or an import of it is saved', false);
}

/**
 * The options of the command line over those that the file brings along in `//#bench` lines. What both name is the
 * command line's; a single list item replaces that of the same name only. Files that it names are in its own folder.
 * @throws KernelError if the file's cannot be read, or name a file elsewhere
 */
export function withFileOptions(command: Command, { file, texts }: ShaderSource): KernelOptions {
  const given = command.opts<KernelOptions>();
  const words = benchLines(texts.get(file) ?? '');
  if (words.length === 0) return given;
  const inFile = withKernelOptions(new Command('bench'))
    .exitOverride()
    .configureOutput({
      writeErr: () => undefined,
      writeOut: () => undefined,
    });
  try {
    inFile.parse(words, { from: 'user' });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.replace(/^error: /, '') : String(cause);
    throw new KernelError(`${file}, its //#bench lines: ${message}`, { cause });
  }
  const merged: Record<string, unknown> = inOwnFolder({ ...inFile.opts<KernelOptions>() }, file);
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli';
  if (isGiven('threads') || isGiven('groups')) {
    delete merged.threads;
    delete merged.groups;
  }
  for (const [name, value] of Object.entries(given)) {
    if (!isGiven(name) && merged[name] !== undefined) continue;
    const before = merged[name];
    merged[name] =
      Array.isArray(value) && Array.isArray(before) && LISTS.includes(name) ? [...before, ...value] : value;
  }
  return merged as unknown as KernelOptions;
}

/** Words of the `//#bench` lines, cut at spaces that stand in no quotes. */
function benchLines(text: string): string[] {
  const lines = [...text.matchAll(/^\/\/#bench (.*)$/gm)].map(([, line]) => line);
  return lines.flatMap((line) =>
    [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
      ([, single, double, bare]) => single ?? double ?? bare,
    ),
  );
}

/** The options of which a list is kept. */
const LISTS = ['bind', 'uniform', 'set', 'sweep', 'print', 'save', 'expect'];

function list<T>(flags: string, description: string, parse: (text: string) => T): Option {
  return new Option(flags, `${description}; may be given again`)
    .argParser((text: string, before: T[]) => [...before, readable(parse, text)])
    .default([], 'none');
}

const one = <T>(flags: string, description: string, parse: (text: string) => T): Option =>
  new Option(flags, description).argParser((text: string) => readable(parse, text));

function readable<T>(parse: (text: string) => T, text: string): T {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof TaskgradError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('Expected a number from 0, as in 2e9.');
}
