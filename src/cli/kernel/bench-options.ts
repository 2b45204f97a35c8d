import type { HostArray } from '../../kernel-bench/array';
import type { OptionWriter } from '../../kernel-bench/errors';
import { readArray, readNpy } from '../../kernel-bench/load.node';
import type { BenchOptions, BufferSpec, UniformValue } from '../../kernel-bench/options';
import type { KernelOptions } from './options';
import type { BindOption } from './parse';

/** Options of the bench as the command line writes them. */
export const asFlags: OptionWriter = (option, name, value) => {
  const given = value === undefined || typeof value === 'string' ? value : value.join(',');
  return `--${option}${name === undefined ? '' : ` ${name}`}${given === undefined ? '' : `=${given}`}`;
};

/** What the command line tells the bench; of a name given twice the later one counts. @throws KernelError, DataError on files */
export async function benchOptions(options: KernelOptions): Promise<BenchOptions> {
  const { entry, threads, groups, seed, warmup, repeat, tolerance } = options;
  const bind = new Map<string, BufferSpec>();
  for (const one of new Map(options.bind.map((one) => [one.name, one])).values())
    bind.set(one.name, await bufferSpec(one));
  const uniform = new Map<string, UniformValue>();
  for (const { path, values } of options.uniform) {
    uniform.delete(path); // so that it goes over what was given in between
    uniform.set(path, values);
  }
  const expect = new Map<string, HostArray>();
  for (const { name, path } of options.expect) expect.set(name, await readNpy(path));
  return {
    entry,
    bind: Object.fromEntries(bind),
    uniform: Object.fromEntries(uniform),
    threads,
    groups,
    set: Object.fromEntries(options.set.map(({ name, value }) => [name, value])),
    sweep: Object.fromEntries(options.sweep.map(({ name, values }) => [name, values])),
    seed,
    warmup,
    repeat,
    expect: Object.fromEntries(expect),
    tolerance,
  };
}

async function bufferSpec({ type, shape, fill }: BindOption): Promise<BufferSpec> {
  return { type, shape, fill: typeof fill === 'object' ? await readArray(fill.file) : fill };
}
