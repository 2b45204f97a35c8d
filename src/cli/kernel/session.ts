import { measurePeaks } from '../../../runtime/peaks';
import { writeFileAtomic } from '../../data/files.node';
import { type HostArray, shapeText } from '../../kernel-bench/array';
import { benchKernel, type KernelFailure, type KernelResult } from '../../kernel-bench/bench';
import { inWordsOf, KernelError } from '../../kernel-bench/errors';
import { arrayAfter } from '../../kernel-bench/expected';
import { encodeNpy } from '../../kernel-bench/npy';
import type { ShaderSource } from '../../kernel-bench/source';
import { tableText } from '../../report/table';
import type { Gpu } from '../../tensor/gpu';
import type { Reporter } from '../progress';
import { asFlags, benchOptions } from './bench-options';
import type { KernelOptions } from './options';
import {
  checkLines,
  combinationText,
  inOrder,
  outputLine,
  type Rates,
  rateLine,
  ratesOf,
  setupLines,
  sweepTable,
  timeLine,
  valuesLine,
} from './report';

/**
 * Runs a shader as the options say and reports. @returns whether all checks were passed
 * @throws ShaderCompileError, KernelError and what else keeps it from running
 */
export async function runAndReport(
  gpu: Gpu,
  reporter: Reporter,
  source: ShaderSource,
  options: KernelOptions,
): Promise<boolean> {
  const wantsShares = options.flops !== undefined || options.bytes !== undefined;
  const peaks = wantsShares ? await measurePeaks(gpu.runtime) : undefined;
  const benched = await inFlags(async () => benchKernel(gpu, source, await benchOptions(options)));
  const { results, fastest } = benched;
  const rated = (result: KernelResult) => ratesOf(result, options, peaks);
  const event = (row: KernelResult | KernelFailure) =>
    'error' in row ? failureEvent(source, row) : resultEvent(source, row, rated(row), row === fastest);
  const { say, log } = reporter;
  for (const warning of results[0].warnings) say(`warning: ${warning}`);
  const rows = inOrder(benched);
  if (rows.length > 1) {
    for (const row of rows) log(event(row));
    say(tableText(sweepTable(benched, rated)));
    for (const { combination, findings } of results)
      for (const { text } of findings) say(`problem: ${combinationText(combination)}: ${text}`);
  } else {
    say(resultText(gpu.runtime.clock.source, options, fastest, rated(fastest)), event(fastest));
  }
  await deliver(reporter, options, fastest);
  return results.every(({ findings }) => findings.length === 0);
}

/** Does `work`; its errors say options as the command line does. */
async function inFlags<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof KernelError ? inWordsOf(error, asFlags) : error;
  }
}

function resultText(clock: string, options: KernelOptions, result: KernelResult, rates: Rates): string {
  return [
    ...setupLines(result.setup),
    timeLine(result.timing, clock),
    rateLine(rates, options),
    ...Object.values(result.outputs).map(outputLine),
    ...checkLines(result),
  ].join('\n');
}

/** Prints and saves buffers; of a sweep, those of its fastest. */
async function deliver(
  { say }: Reporter,
  { print, save }: KernelOptions,
  result: KernelResult,
): Promise<void> {
  for (const { name, count } of print) say(valuesLine(name, arrayOf(result, '--print', name), count));
  for (const { name, path } of save) {
    const array = arrayOf(result, '--save', name);
    await writeFileAtomic(path, encodeNpy(array));
    say(`saved ${name}, ${shapeText(array)}, as ${path}`, { event: 'saved', name, path });
  }
}

function arrayOf({ setup, outputs }: KernelResult, option: string, name: string): HostArray {
  const array = arrayAfter(setup, Object.values(outputs), name);
  if (array) return array;
  const known = setup.buffers.map((buffer) => buffer.name).join(', ');
  throw new KernelError(`${option} ${name}: there is no such buffer; there are ${known}`);
}

const failureEvent = ({ file }: ShaderSource, { combination, error }: KernelFailure) => ({
  event: 'failed',
  file,
  constants: combination,
  failure: error.wording(asFlags),
});

const resultEvent = (
  { file }: ShaderSource,
  { combination, setup, outputs, findings, trials, probed, timing, warnings }: KernelResult,
  rates: Rates,
  fastest: boolean,
) => ({
  event: 'kernel',
  file,
  entry: setup.entry,
  constants: combination,
  fastest,
  workgroup: setup.grid.workgroup,
  groups: setup.grid.groups,
  buffers: setup.buffers.map(({ name, data, fill, writable }) => ({
    name,
    type: data.type,
    shape: data.shape,
    fill,
    writable,
  })),
  rates,
  samples: timing.samples,
  dispatches: timing.dispatches,
  outputs: Object.values(outputs).map(({ name, summary, unchanged }) => ({
    name,
    ...summary,
    nan: summary.nan.count,
    infinite: summary.infinite.count,
    unchanged,
  })),
  findings,
  probed,
  runs: trials,
  warnings,
});
