import { measurePeaks } from '../../../runtime/peaks';
import type { Runtime } from '../../../runtime/runtime';
import { writeFileAtomic } from '../../data/files.node';
import { tableText } from '../../report/table';
import type { Reporter } from '../progress';
import { countOf, shapeText } from './array';
import { compareValues } from './checks';
import { KernelError } from './errors';
import type { Finding, Output } from './examine';
import { readNpy } from './load';
import { encodeNpy } from './npy';
import type { KernelOptions } from './options';
import {
  checkLines,
  fastest,
  outputLine,
  planLines,
  type Rates,
  rateLine,
  ratesOf,
  sweepTable,
  timeLine,
  valuesLine,
} from './report';
import { type Failed, type Measured, runAll } from './run';
import type { ShaderSource } from './source';
import { combinationText } from './sweep';

/**
 * Runs a shader as the options say and reports. @returns whether all checks were passed
 * @throws ShaderCompileError, KernelError and what else keeps it from running
 */
export async function runAndReport(
  runtime: Runtime,
  reporter: Reporter,
  source: ShaderSource,
  options: KernelOptions,
): Promise<boolean> {
  const wantsShares = options.flops !== undefined || options.bytes !== undefined;
  const peaks = wantsShares ? await measurePeaks(runtime) : undefined;
  const results = await runAll(runtime, source, options);
  const measured = results.filter((result): result is Measured => 'plan' in result);
  if (measured.length === 0) throw new KernelError(failureOf(results));
  const rates = new Map<Measured | Failed, Rates>();
  const findings = new Map<Measured | Failed, readonly Finding[]>();
  for (const result of measured) {
    rates.set(result, ratesOf(result, options, peaks));
    findings.set(result, [...result.examination.findings, ...(await mismatches(result, options))]);
  }
  const best = fastest(measured, rates);
  const { say, log } = reporter;
  const event = (result: Measured | Failed) => eventOf(source, result, rates, findings, result === best);
  for (const warning of measured[0].warnings) say(`warning: ${warning}`);
  const [only] = measured;
  const rate = rates.get(only);
  if (results.length > 1) {
    for (const result of results) log(event(result));
    say(tableText(sweepTable(results, rates, findings)));
    for (const result of measured)
      for (const { text } of findings.get(result) ?? [])
        say(`problem: ${combinationText(result.combination)}: ${text}`);
  } else if (rate) {
    say(runText(runtime.clock.source, options, only, rate, findings.get(only) ?? []), event(only));
  }
  if (best) await deliver(reporter, options, best);
  return [...findings.values()].every((list) => list.length === 0);
}

function runText(
  clock: string,
  options: KernelOptions,
  result: Measured,
  rates: Rates,
  findings: readonly Finding[],
): string {
  return [
    ...planLines(result.plan),
    timeLine(result, rates, clock),
    rateLine(rates, options),
    ...result.examination.outputs.map(outputLine),
    ...checkLines(findings, result),
  ].join('\n');
}

/** Prints and saves buffers; of a sweep, those of its fastest run. */
async function deliver({ say }: Reporter, { print, save }: KernelOptions, result: Measured): Promise<void> {
  for (const { name, count } of print) say(valuesLine(name, arrayOf(result, '--print', name), count));
  for (const { name, path } of save) {
    const array = arrayOf(result, '--save', name);
    await writeFileAtomic(path, encodeNpy(array));
    say(`saved ${name}, ${shapeText(array)}, as ${path}`, { event: 'saved', name, path });
  }
}

async function mismatches(result: Measured, { expect, tolerance }: KernelOptions): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { name, path } of expect) {
    const array = arrayOf(result, '--expect', name);
    const expected = await readNpy(path);
    if (countOf(expected.shape) !== countOf(array.shape))
      throw new KernelError(`${path} holds ${shapeText(expected)}, but ${name} is ${shapeText(array)}`);
    const { count, first, worst, worstAt } = compareValues(array, expected, tolerance);
    if (count === 0) continue;
    const text = `${name} differs from ${path} in ${count} of ${countOf(array.shape)} values, first number ${first}; the largest error is ${worst.toPrecision(3)}, in number ${worstAt}`;
    found.push({ kind: 'mismatch', buffer: name, text });
  }
  return found;
}

/** A buffer after the run; what the kernel does not write is as it was. */
function arrayOf({ plan, examination }: Measured, option: string, name: string): Output['array'] {
  const output = examination.outputs.find(({ buffer }) => buffer.name === name);
  const buffer = plan.buffers.find((planned) => planned.name === name);
  const array = output?.array ?? buffer?.data;
  if (array) return array;
  const known = plan.buffers.map((planned) => planned.name).join(', ');
  throw new KernelError(`${option} ${name}: there is no such buffer; there are ${known}`);
}

const failureOf = (results: readonly (Measured | Failed)[]) => {
  const [first] = results.filter((result): result is Failed => 'failure' in result);
  return first?.failure ?? 'nothing was run';
};

function eventOf(
  { file }: ShaderSource,
  result: Measured | Failed,
  rates: ReadonlyMap<Measured | Failed, Rates>,
  findings: ReadonlyMap<Measured | Failed, readonly Finding[]>,
  best: boolean,
): Record<string, unknown> {
  const constants = Object.fromEntries(result.combination);
  if (!('plan' in result)) return { event: 'failed', file, constants, failure: result.failure };
  const { plan, examination, timing, warnings } = result;
  return {
    ...{ event: 'kernel', file, entry: plan.entry, constants, fastest: best },
    ...plan.launch,
    buffers: plan.buffers.map(({ name, data, source, writable }) => ({
      ...{ name, type: data.type, shape: data.shape, fill: source, writable },
    })),
    ...{ rates: rates.get(result), samples: timing.samples, dispatches: timing.dispatches },
    outputs: examination.outputs.map(({ buffer, summary, unchanged }) => ({
      ...{
        name: buffer.name,
        ...summary,
        nan: summary.nan.count,
        infinite: summary.infinite.count,
        unchanged,
      },
    })),
    ...{ findings: findings.get(result), probed: examination.probed, runs: examination.runs, warnings },
  };
}
