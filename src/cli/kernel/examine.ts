import { countOf, type HostArray } from './array';
import type { Bench } from './bench';
import { differing, hasNonFinite, overwritten, type Summary, summarise } from './checks';
import type { Contents } from './gpu-buffers';
import type { Plan, PlannedBuffer } from './plan';

/** Two patterns that are large and of opposite sign whether read as f32, f16 or i32. */
const POISON = 0x7149f2ca;
const OTHER_POISON = 0xf149f2ca;
/** Runs from the same contents, whose results must agree bit for bit: at least so many, more in the time that follows. */
const LEAST_RUNS = 3;
const MOST_RUNS = 12;
const RUNS_MS = 300;

export type FindingKind =
  | 'nan'
  | 'infinite'
  | 'race'
  | 'write past end'
  | 'read past end'
  | 'escape'
  | 'mismatch';

/** Something wrong with a kernel; the text is a sentence for its author. */
export interface Finding {
  readonly kind: FindingKind;
  readonly buffer: string;
  readonly text: string;
}

/** A buffer that the kernel writes, after its first run. */
export interface Output {
  readonly buffer: PlannedBuffer;
  readonly array: HostArray;
  readonly summary: Summary;
  /** Elements that hold what they held before. */
  readonly unchanged: number;
}

export interface Examination {
  readonly outputs: readonly Output[];
  readonly findings: readonly Finding[];
  /** What the checks covered, for a report without findings. */
  readonly runs: number;
  readonly probed: readonly string[];
}

type Run = ReadonlyMap<string, Contents>;

/** Runs a kernel several times and looks for what is wrong with it. */
export async function examine(bench: Bench, plan: Plan): Promise<Examination> {
  const written = plan.buffers.filter(({ writable }) => writable);
  const first = await bench.once('exact', () => POISON);
  const findings: Finding[] = [...escapes(written, first)];
  const began = performance.now();
  let runs = 1;
  while (
    !has(findings, 'race') &&
    (runs < LEAST_RUNS || (runs < MOST_RUNS && performance.now() - began < RUNS_MS))
  ) {
    findings.push(...races(written, first, await bench.once('exact', () => POISON)));
    runs++;
  }
  findings.push(...(await probe(bench, plan, written, has(findings, 'race'))));
  const outputs = written.map((buffer): Output => {
    const { data } = contentsOf(first, buffer);
    const array = { ...buffer.data, bytes: data };
    const changed = differing(array.type, buffer.data.bytes, data).count;
    return { buffer, array, summary: summarise(array), unchanged: countOf(array.shape) - changed };
  });
  if (!plan.buffers.some(({ data }) => hasNonFinite(data))) findings.push(...outputs.flatMap(nonFinite));
  return { outputs, findings, runs, probed: bench.extended };
}

const has = (findings: readonly Finding[], kind: FindingKind) => findings.some((one) => one.kind === kind);

/** Binds every buffer with a poisoned tail: whether it is written, and whether results depend on what lies there. */
async function probe(
  bench: Bench,
  plan: Plan,
  written: readonly PlannedBuffer[],
  racy: boolean,
): Promise<Finding[]> {
  if (bench.extended.length === 0) return [];
  const before = await bench.once('extended', () => POISON);
  const findings = written.flatMap((buffer) => pastEnd(buffer, contentsOf(before, buffer)));
  if (racy) return findings;
  const after = await bench.once('extended', () => OTHER_POISON);
  const touched = differences(written, before, after);
  if (touched.length === 0) return findings;
  const readers: Finding[] = [];
  for (const name of bench.extended) {
    const one = await bench.once('extended', (buffer) => (buffer === name ? OTHER_POISON : POISON));
    const [result] = differences(written, before, one);
    const buffer = plan.buffers.find((planned) => planned.name === name);
    if (!result || !buffer) continue;
    const text = `reads past the end of ${name} (${lengthOf(buffer)}): what lies there changes ${result.text}`;
    readers.push({ kind: 'read past end', buffer: name, text });
  }
  // No single tail does it, so that it is not the tails that make the difference.
  return [...findings, ...(readers.length > 0 ? readers : races(written, before, after))];
}

function pastEnd(buffer: PlannedBuffer, { tail }: Contents): Finding[] {
  const { count, first } = overwritten(tail, POISON);
  if (count === 0) return [];
  const index = Math.floor((buffer.bytes + first * 4) / buffer.stride);
  const others = count > 1 ? `, ${count} words of 4 bytes in all` : '';
  // Adapters that clamp indices put a stray one, or one below 0, on the last element that is bound.
  const stray =
    (first + 1) * 4 >= tail.byteLength - buffer.stride ? ', where this adapter puts indices far out' : '';
  const text = `writes past the end of ${buffer.name} (${lengthOf(buffer)}): first ${buffer.name}[${index}]${others}${stray}`;
  return [{ kind: 'write past end', buffer: buffer.name, text }];
}

function escapes(written: readonly PlannedBuffer[], run: Run): Finding[] {
  return written.flatMap((buffer) => {
    const { count } = overwritten(contentsOf(run, buffer).fences, POISON);
    if (count === 0) return [];
    const text = `this adapter's driver lets ${count} words be written outside of what is bound as ${buffer.name}`;
    return [{ kind: 'escape' as const, buffer: buffer.name, text }];
  });
}

function races(written: readonly PlannedBuffer[], a: Run, b: Run): Finding[] {
  return differences(written, a, b).map(({ buffer, text }) => ({
    kind: 'race',
    buffer,
    text: `two runs on the same data give different bits, in ${text}: threads race, or add floats in no fixed order`,
  }));
}

function differences(written: readonly PlannedBuffer[], a: Run, b: Run): { buffer: string; text: string }[] {
  return written.flatMap((buffer) => {
    const { name, data } = buffer;
    const { count, first } = differing(data.type, contentsOf(a, buffer).data, contentsOf(b, buffer).data);
    if (count === 0) return [];
    const text =
      count === 1 ? `value ${first} of ${name}` : `${count} values of ${name}, first number ${first}`;
    return [{ buffer: name, text }];
  });
}

function nonFinite({ buffer: { name }, array, summary }: Output): Finding[] {
  const total = countOf(array.shape);
  const finding = (kind: 'nan' | 'infinite', what: string, { count, first }: Summary['nan']): Finding[] =>
    count === 0
      ? []
      : [
          {
            kind,
            buffer: name,
            text: `${name} holds ${what} in ${count} of ${total} values, first number ${first}`,
          },
        ];
  return [...finding('nan', 'NaN', summary.nan), ...finding('infinite', 'infinity', summary.infinite)];
}

function contentsOf(run: Run, { name }: PlannedBuffer): Contents {
  const contents = run.get(name);
  if (!contents) throw new Error(`buffer ${name} was not read back`);
  return contents;
}

const lengthOf = ({ bytes, stride }: PlannedBuffer) => plural(Math.floor(bytes / stride), 'element');
const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;
