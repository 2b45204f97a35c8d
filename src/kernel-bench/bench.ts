import type { Runtime } from '../../runtime/runtime';
import { scan, type WgslModule } from '../../runtime/wgsl/scan';
import type { Gpu } from '../tensor/gpu';
import { anObject, checkAll, kind } from '../tensor/guard';
import { aGpu } from '../tensor/guard-tensor';
import { type CheckedOptions, checkOptions } from './check-options';
import { compile } from './compile';
import { KernelError } from './errors';
import { type Examination, examine, type Output } from './examine';
import { mismatches } from './expected';
import { LoadedKernel, type Timing } from './loaded-kernel';
import type { BenchOptions } from './options';
import { type Setup, setupOf } from './setup';
import { type ShaderSource, setConstants, shaderOf } from './source';
import { type Combination, combinations } from './sweep';

/** What came of a kernel with one set of constants. */
export interface KernelResult extends Omit<Examination, 'outputs'> {
  /** Its place in the sweep, from 0; failures are counted, too. */
  readonly index: number;
  /** The constants that are swept; none without a sweep. */
  readonly combination: Combination;
  /** What was bound, and how many threads ran. */
  readonly setup: Setup;
  /** The buffers that it writes, by name. */
  readonly outputs: Readonly<Record<string, Output>>;
  /** How long a dispatch takes. */
  readonly timing: Timing;
  /** What the compiler warns of, as in 'saxpy.wgsl:3:7 warning: …'. */
  readonly warnings: readonly string[];
}

/** Constants under which a kernel cannot run, as of a workgroup too large for the adapter. */
export interface KernelFailure {
  /** Its place in the sweep, from 0. */
  readonly index: number;
  /** The constants that were swept. */
  readonly combination: Combination;
  /** Why the kernel cannot run with them. */
  readonly error: KernelError;
}

/** What came of a kernel. */
export interface BenchedKernel {
  /** In the order of the sweep, the last constant fastest; without a sweep there is one. */
  readonly results: readonly KernelResult[];
  /** Combinations of a sweep with which it cannot run. */
  readonly failures: readonly KernelFailure[];
  /** Of the results, the one whose median time is shortest. */
  readonly fastest: KernelResult;
}

/**
 * Runs a WGSL kernel alone: on given buffers, uniforms and constants, or with each combination of a sweep. Checks that
 * it compiles, gives finite values and the same bits again, and neither reads nor writes past the end of its buffers;
 * then times it. Nothing else should use the GPU meanwhile, or the times are wrong.
 *
 * A buffer's end is probed by binding it once more with a poisoned tail, unless the kernel asks for its length. That
 * no race is seen is no proof that there is none.
 *
 * @param source the WGSL text, or a file by `readShader`; `//#import` and `//#unroll` are understood
 * @throws ShaderCompileError with the lines that do not compile
 * @throws KernelError on a name that the shader does not have, on what does not fit its declarations, and on what the
 *   adapter refuses. In a sweep what depends on the constants is a failure, and thrown only if nothing else is left
 * @example
 * ```ts
 * const { results: [saxpy] } = await benchKernel(gpu, await readShader('saxpy.wgsl'), {
 *   bind: { x: new Float32Array([1, 2, 3]), y: { shape: [3], fill: 'ones' } },
 *   uniform: { params: { count: 3, a: 2 } },
 * });
 * saxpy.outputs.y.values; // → [3, 5, 7]
 * saxpy.findings; // → []
 * console.log(saxpy.timing.median); // GPU seconds of a dispatch
 * ```
 */
export async function benchKernel(
  gpu: Gpu,
  source: string | ShaderSource,
  options: BenchOptions = {},
): Promise<BenchedKernel> {
  checkAll('benchKernel', { gpu: [gpu, aGpu], source: [source, aSource], options: [options, anObject] });
  const { runtime } = gpu;
  const checked = checkOptions(options);
  const shader = typeof source === 'string' ? await shaderOf(source) : source;
  checkConstants(scan(shader.code), checked);
  runtime.check();
  const results: KernelResult[] = [];
  const failures: KernelFailure[] = [];
  const all = combinations(checked.sweep);
  for (const [index, combination] of all.entries()) {
    const constants = new Map([...checked.set, ...Object.entries(combination)]);
    try {
      results.push({ index, combination, ...(await benchOne(runtime, shader, constants, checked)) });
    } catch (error) {
      if (all.length === 1 || !(error instanceof KernelError)) throw error;
      failures.push({ index, combination, error });
    }
  }
  if (results.length === 0) throw failures[0].error;
  const fastest = results.reduce((best, one) => (one.timing.median < best.timing.median ? one : best));
  return { results, failures, fastest };
}

async function benchOne(
  runtime: Runtime,
  source: ShaderSource,
  constants: ReadonlyMap<string, number>,
  options: CheckedOptions,
): Promise<Omit<KernelResult, 'index' | 'combination'>> {
  const code = setConstants(source.code, constants);
  // The compiler first: what it says of a broken file is clearer than what the scanner makes of it.
  const { module, warnings } = await compile(runtime.device, source, code);
  const { limits } = runtime.device;
  const setup = setupOf(scan(code), constants, {
    ...options,
    mostGroups: limits.maxComputeWorkgroupsPerDimension,
    mostBytes: limits.maxStorageBufferBindingSize,
  });
  const kernel = await LoadedKernel.load(runtime, setup, module);
  try {
    const { outputs, findings, trials, probed } = await examine(kernel, setup);
    return {
      setup,
      outputs: Object.fromEntries(outputs.map((output) => [output.name, output])),
      findings: [...findings, ...mismatches(setup, outputs, options)],
      trials,
      probed,
      timing: await kernel.time(options.warmup, options.repeat),
      warnings,
    };
  } finally {
    kernel.destroy();
  }
}

function checkConstants({ overrides, constants }: WgslModule, { set, sweep }: CheckedOptions): void {
  const known = [...overrides.keys(), ...constants.keys()];
  const list = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none';
  for (const [option, names] of [['set', set.keys()] as const, ['sweep', sweep.keys()] as const]) {
    const unknown = [...names].find((name) => !known.includes(name));
    if (unknown === undefined) continue;
    throw new KernelError(
      (written) => `${written(option, unknown)}: the file has no override or const of this name; ${list}`,
    );
  }
}

const aSource = kind(
  'WGSL, or what readShader gave',
  (value) =>
    typeof value === 'string' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
);
