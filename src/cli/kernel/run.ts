import type { Runtime } from '../../../runtime/runtime';
import { scan, type WgslModule } from '../../../runtime/wgsl/scan';
import { Bench, type Timing } from './bench';
import { type Compiled, compile } from './compile';
import { KernelError } from './errors';
import { type Examination, examine } from './examine';
import { readFiles } from './load';
import type { KernelOptions } from './options';
import { type Plan, planOf } from './plan';
import { type ShaderSource, setConstants } from './source';
import { type Combination, combinations } from './sweep';

/** A kernel that was run with one set of constants. */
export interface Measured {
  readonly combination: Combination;
  readonly plan: Plan;
  readonly examination: Examination;
  readonly timing: Timing;
  readonly warnings: readonly string[];
}

/** A set of constants under which it cannot run, as a workgroup too large for the adapter. */
export interface Failed {
  readonly combination: Combination;
  readonly failure: string;
}

/**
 * Runs a shader with every combination of its sweep; without one, with the constants as they stand.
 * @throws ShaderCompileError, KernelError on what is wrong whatever the constants, and always without a sweep
 */
export async function runAll(
  runtime: Runtime,
  source: ShaderSource,
  options: KernelOptions,
  onDone: (result: Measured | Failed) => void = () => undefined,
): Promise<readonly (Measured | Failed)[]> {
  const module = scan(source.code);
  checkConstants(module, options);
  const files = await readFiles(options.bind);
  const all = combinations(options.sweep);
  const results: (Measured | Failed)[] = [];
  for (const combination of all) {
    const values = new Map(options.set.map(({ name, value }) => [name, value]));
    for (const [name, value] of combination) values.set(name, value);
    let result: Measured | Failed;
    try {
      result = { combination, ...(await runOne(runtime, source, values, { ...options, files })) };
    } catch (error) {
      if (all.length === 1 || !(error instanceof KernelError)) throw error;
      result = { combination, failure: error.message };
    }
    results.push(result);
    onDone(result);
  }
  return results;
}

type RunOptions = KernelOptions & { readonly files: Awaited<ReturnType<typeof readFiles>> };

async function runOne(
  runtime: Runtime,
  source: ShaderSource,
  values: ReadonlyMap<string, number>,
  options: RunOptions,
): Promise<Omit<Measured, 'combination'>> {
  const code = setConstants(source.code, values);
  // The compiler first: what it says of a broken file is clearer than what the scanner makes of it.
  const { module, warnings }: Compiled = await compile(runtime.device, source, code);
  const { limits } = runtime.device;
  const plan = planOf(scan(code), values, {
    ...options,
    mostGroups: limits.maxComputeWorkgroupsPerDimension,
    mostBytes: limits.maxStorageBufferBindingSize,
  });
  const bench = await Bench.make(runtime, plan, module);
  try {
    const examination = await examine(bench, plan);
    return { plan, examination, warnings, timing: await bench.time(options.warmup, options.repeat) };
  } finally {
    bench.destroy();
  }
}

function checkConstants({ overrides, constants }: WgslModule, { set, sweep }: KernelOptions): void {
  const known = [...overrides.keys(), ...constants.keys()];
  for (const [option, entries] of [['--set', set] as const, ['--sweep', sweep] as const]) {
    const unknown = entries.find(({ name }) => !known.includes(name));
    if (!unknown) continue;
    const list = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none';
    throw new KernelError(
      `${option} ${unknown.name}: the file has no override or const of this name; ${list}`,
    );
  }
}
